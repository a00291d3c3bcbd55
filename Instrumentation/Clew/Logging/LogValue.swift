import ClewModel
import Logging

/// A value of metadata as lines and records take it: described, bounded, and ordered by key.
enum LogValue: Sendable {
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case array([LogValue])
    case dictionary([LogField])

    /// Numbers and truth values keep their type, as the conventions ask of most attributes that hold one.
    init?(plain value: any CustomStringConvertible & Sendable) {
        // A comparison of types is nothing beside a cast that fails, and most values are none of these.
        guard Self.plainTypes.contains(where: { $0 == type(of: value) }) else { return nil }
        switch value {
        case let value as Int: self = .int(Int64(value))
        case let value as Double: self = .double(value)
        case let value as Bool: self = .bool(value)
        case let value as any FixedWidthInteger:
            guard let integer = Int64(exactly: value) else { return nil }
            self = .int(integer)
        default: return nil
        }
    }

    private static let plainTypes: [Any.Type] = [
        Int.self, Double.self, Bool.self, Int64.self, Int32.self, Int16.self, Int8.self, UInt.self, UInt64.self,
        UInt32.self, UInt16.self, UInt8.self,
    ]

    /// As OTLP carries it, strings cut to `maximumLength` characters.
    func attribute(maximumLength: Int?) -> AttributeValue {
        switch self {
        case .string(let text): .string(maximumLength.map { String(text.prefix($0)) } ?? text)
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        case .array(let values): .array(values.map { $0.attribute(maximumLength: maximumLength) })
        case .dictionary(let fields):
            .keyValueList(fields.map { Attribute($0.key, $0.value.attribute(maximumLength: maximumLength)) })
        }
    }
}

/// One entry of a line's metadata.
struct LogField: Sendable {
    var key: String
    var value: LogValue
}
