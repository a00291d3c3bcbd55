/// The value of an attribute, of a log body, or of an entry in either.
///
/// One case per member of OTLP's `AnyValue` (opentelemetry/proto/common/v1/common.proto).
public enum AttributeValue: Hashable, Sendable {
    /// An `AnyValue` in which no member is set; OTLP reads it as null.
    case empty
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([AttributeValue])
    /// Key-value list; keys keep their order and may repeat, as on the wire.
    case keyValueList([Attribute])
}

extension AttributeValue {
    /// The string itself if the value is a string, otherwise `nil`.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The integer itself if the value is an integer, otherwise `nil`.
    public var intValue: Int64? {
        if case .int(let value) = self { value } else { nil }
    }
}

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension AttributeValue: CustomStringConvertible {
    /// The value as a person reads it: strings bare, bytes as hexadecimal, lists in brackets.
    ///
    /// Nesting deeper than ``maximumDescribedDepth`` is shown as `…`, so that a hostile value cannot exhaust the stack.
    public var description: String { described(depth: 0) }

    /// How deep `description` follows nested values.
    public static let maximumDescribedDepth = 16

    private func described(depth: Int) -> String {
        guard depth < Self.maximumDescribedDepth else { return "…" }
        switch self {
        case .empty: return "null"
        case .string(let value): return value
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .double(let value): return String(value)
        case .bytes(let value):
            return String(decoding: value.flatMap { [UInt8.hexDigit($0 >> 4), .hexDigit($0 & 15)] }, as: UTF8.self)
        case .array(let values):
            return "[" + values.map { $0.described(depth: depth + 1) }.joined(separator: ", ") + "]"
        case .keyValueList(let entries):
            return "{" + entries.map { "\($0.key): \($0.value.described(depth: depth + 1))" }.joined(separator: ", ")
                + "}"
        }
    }
}
