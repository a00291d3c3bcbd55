public import ClewModel

/// The optional header of an OTLP datagram, by which a receiver counts what each source lost on the way.
///
/// 24 bytes, integers big-endian:
///
/// | Bytes | Field |
/// |---|---|
/// | 0–3 | magic: `CLW1`, which no OTLP message begins with |
/// | 4 | signal: 1 traces, 2 logs, 3 metrics |
/// | 5 | flags: bit 0 gzip, bit 1 JSON; the others are zero |
/// | 6–7 | length of the payload in bytes, so that half a datagram is told from a whole one |
/// | 8–15 | source id: random at the start of a sender |
/// | 16–23 | sequence: counts the source's datagrams from 0 |
public struct UDPHeader: Hashable, Sendable {
    /// How the payload is encoded; the default is protobuf, not compressed.
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let gzip = Flags(rawValue: 1)
        public static let json = Flags(rawValue: 2)
    }

    public var signal: Signal
    public var flags: Flags
    public var sourceID: UInt64
    public var sequence: UInt64

    public init(signal: Signal, flags: Flags = [], sourceID: UInt64, sequence: UInt64) {
        self.signal = signal
        self.flags = flags
        self.sourceID = sourceID
        self.sequence = sequence
    }

    /// Bytes of a header.
    public static let size = 24
    /// The largest payload behind a header: a UDP datagram over IPv4 carries 65507 bytes.
    public static let maximumPayload = 65_507 - size

    private static let magic = Array("CLW1".utf8)
    /// In the order of their numbers on the wire, from 1.
    private static let signals: [Signal] = [.traces, .logs, .metrics]

    /// A datagram: the header, then the payload.
    ///
    /// - Throws: ``WireError/Code/tooLarge`` over ``maximumPayload``.
    public func datagram(_ payload: [UInt8]) throws(WireError) -> [UInt8] {
        guard payload.count <= Self.maximumPayload else {
            throw WireError(.tooLarge, "\(payload.count) bytes do not fit into one datagram", at: Self.maximumPayload)
        }
        var bytes = Self.magic
        bytes.reserveCapacity(Self.size + payload.count)
        bytes.append(UInt8(truncatingIfNeeded: (Self.signals.firstIndex(of: signal) ?? 0) + 1))
        bytes.append(flags.rawValue)
        Self.append(UInt64(payload.count), bytes: 2, to: &bytes)
        Self.append(sourceID, bytes: 8, to: &bytes)
        Self.append(sequence, bytes: 8, to: &bytes)
        return bytes + payload
    }

    /// Reads the header of a datagram, whose payload is then what follows the first ``size`` bytes.
    ///
    /// - Returns: `nil` where the datagram does not begin with the magic: a bare OTLP message.
    /// - Throws: ``WireError/Code/truncated`` where the payload is shorter than the header says,
    ///   ``WireError/Code/malformed`` where it is longer or the header has unknown values.
    public static func parse(_ datagram: [UInt8]) throws(WireError) -> UDPHeader? {
        guard datagram.starts(with: magic) else { return nil }
        guard datagram.count >= size else {
            throw WireError(.truncated, "a header of \(size) bytes in a datagram of \(datagram.count)", at: 0)
        }
        guard let signal = (1...signals.count).contains(Int(datagram[4])) ? signals[Int(datagram[4]) - 1] : nil else {
            throw WireError(.malformed, "signal \(datagram[4]) is not 1, 2 or 3", at: 4)
        }
        let flags = Flags(rawValue: datagram[5])
        guard flags.isSubset(of: [.gzip, .json]) else {
            throw WireError(.malformed, "flags \(datagram[5]) are not known", at: 5)
        }
        let (length, present) = (Int(integer(datagram[6..<8])), datagram.count - size)
        guard length == present else {
            throw WireError(
                length > present ? .truncated : .malformed,
                "the header announces \(length) bytes, but \(present) follow it", at: 6)
        }
        return UDPHeader(
            signal: signal, flags: flags, sourceID: integer(datagram[8..<16]), sequence: integer(datagram[16..<24]))
    }

    private static func append(_ value: UInt64, bytes count: Int, to bytes: inout [UInt8]) {
        for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
