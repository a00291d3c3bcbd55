/// The 16-byte identifier of a trace, held as two big-endian words.
///
/// Source: W3C Trace Context §3.2.2.3; OpenTelemetry Trace API, "SpanContext".
public struct TraceID: Hashable, Sendable, Comparable {
    /// Bytes 0–7, big-endian.
    public let high: UInt64
    /// Bytes 8–15, big-endian.
    public let low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses 32 hexadecimal digits of either case; anything else gives `nil`.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count == 32, let high = UInt64(hexDigits: digits[0..<16]),
            let low = UInt64(hexDigits: digits[16..<32])
        else { return nil }
        self.init(high: high, low: low)
    }

    /// The all-zero id, which the specification calls invalid.
    public static let invalid = TraceID(high: 0, low: 0)

    /// Whether any byte is non-zero.
    @inlinable
    public var isValid: Bool { high != 0 || low != 0 }

    /// 32 lowercase hexadecimal digits.
    public var hex: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(32)
        high.appendHex(to: &digits)
        low.appendHex(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// A uniformly random valid id.
    public static func random(using generator: inout some RandomNumberGenerator) -> TraceID {
        TraceID(high: generator.next(), low: UInt64.random(in: 1...UInt64.max, using: &generator))
    }

    @inlinable
    public static func < (left: TraceID, right: TraceID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension TraceID: CustomStringConvertible {
    public var description: String { hex }
}

extension TraceID: Codable {
    /// As 32 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = TraceID(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a trace id is 32 hex digits")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
