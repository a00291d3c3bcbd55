/// The 8-byte identifier of a span, held as a big-endian word.
///
/// Source: W3C Trace Context §3.2.2.4; OpenTelemetry Trace API, "SpanContext".
public struct SpanID: Hashable, Sendable, Comparable {
    /// Bytes 0–7, big-endian.
    public let value: UInt64

    @inlinable
    public init(_ value: UInt64) {
        self.value = value
    }

    /// Parses 16 hexadecimal digits of either case; anything else gives `nil`.
    public init?(hex: some StringProtocol) {
        guard let value = UInt64(hexDigits: Array(hex.utf8)[...]) else { return nil }
        self.init(value)
    }

    /// The all-zero id, which the specification calls invalid.
    public static let invalid = SpanID(0)

    /// Whether any byte is non-zero.
    @inlinable
    public var isValid: Bool { value != 0 }

    /// 16 lowercase hexadecimal digits.
    public var hex: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(16)
        value.appendHex(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// A uniformly random valid id.
    public static func random(using generator: inout some RandomNumberGenerator) -> SpanID {
        SpanID(UInt64.random(in: 1...UInt64.max, using: &generator))
    }

    @inlinable
    public static func < (left: SpanID, right: SpanID) -> Bool { left.value < right.value }
}

extension SpanID: CustomStringConvertible {
    public var description: String { hex }
}

extension SpanID: Codable {
    /// As 16 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = SpanID(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a span id is 16 hex digits")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
