/// Tells of most texts that no body of a block contains them, without a look at the bodies.
///
/// A Bloom filter (Bloom 1970, "Space/time trade-offs in hash coding with allowable errors") of each three bytes in a row of
/// the block's bodies, ASCII letters as lower case. A body that contains a text contains all its trigrams, wherever words
/// begin or end, so a filter of trigrams serves a search for any part of a body; one of whole words would not.
struct TrigramFilter: Sendable {
    private let bits: [UInt8]

    /// With 4 probes in 12 bits a trigram, 0.6 % of the absent trigrams seem present, and fewer texts of several.
    private static let bitsPerTrigram = 12
    private static let probes: UInt32 = 4
    private static let leastBytes = 8
    /// Bytes below which a text has no trigram.
    static let leastText = 3
    /// Bodies of more than about 43 thousand distinct trigrams get no filter: it would rule out little and cost much.
    static let maximumBytes = 1 << 16

    /// Whether a body may contain a text; always true of a text of less than three bytes.
    func mayContain(_ text: FoldedText) -> Bool {
        let bytes = text.bytes
        guard bytes.count >= Self.leastText else { return true }
        for index in 0..<(bytes.count - 2) {
            let trigram = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
            if !contains(trigram) { return false }
        }
        return true
    }

    private func contains(_ trigram: UInt32) -> Bool {
        var probe = Probe(trigram)
        for _ in 0..<Self.probes {
            let bit = probe.next(bits.count * 8)
            if bits[bit >> 3] & 1 << UInt8(bit & 7) == 0 { return false }
        }
        return true
    }

    /// The places of a trigram, from one hash by double hashing (Kirsch and Mitzenmacher 2006).
    private struct Probe {
        private var place: UInt32
        private let step: UInt32

        init(_ trigram: UInt32) {
            // The odd 64-bit fraction of the golden ratio, then another odd multiplier; both are part of the format.
            var hash = UInt64(trigram) &* 0x9E37_79B9_7F4A_7C15
            hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash >> 32
            place = UInt32(truncatingIfNeeded: hash)
            step = UInt32(truncatingIfNeeded: hash >> 32) | 1
        }

        mutating func next(_ count: Int) -> Int {
            defer { place &+= step }
            return Int((UInt64(place) * UInt64(count)) >> 32)
        }
    }
}

extension TrigramFilter {
    /// - Parameter bodies: Encoded values (`AnyValue`).
    /// - Returns: `nil` for bodies of too many trigrams, and if one does not decode: it is for the search to say so.
    init?(of bodies: ByteStrings) {
        var seen = TrigramSet()
        do throws(DamagedColumn) {
            for index in 0..<bodies.count { try bodies.withText(index) { seen.insert($0) } }
        } catch {
            return nil
        }
        let size = max(Self.leastBytes, (seen.count * Self.bitsPerTrigram + 7) / 8)
        guard size <= Self.maximumBytes else { return nil }
        var bits = [UInt8](repeating: 0, count: size)
        seen.forEach { trigram in
            var probe = Probe(trigram)
            for _ in 0..<Self.probes {
                let bit = probe.next(size * 8)
                bits[bit >> 3] |= 1 << UInt8(bit & 7)
            }
        }
        self.bits = bits
    }

    func serialized() -> [UInt8] { bits }

    init(reading bytes: [UInt8]) throws(DamagedColumn) {
        guard (Self.leastBytes...Self.maximumBytes).contains(bytes.count) else {
            throw DamagedColumn("a filter of \(bytes.count) bytes")
        }
        bits = bytes
    }
}

/// Every trigram that occurred: a bit for each that there can be, 2 MiB, while one block is encoded.
private struct TrigramSet {
    private var words = [UInt64](repeating: 0, count: 1 << 24 / 64)

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    mutating func insert(_ text: RawSpan) {
        var trigram: UInt64 = 0
        for offset in 0..<text.byteCount {
            let byte = UInt64(FoldedText.lowercased(UInt8(truncatingIfNeeded: text.byte(at: offset))))
            trigram = (trigram << 8 | byte) & 0xFF_FFFF
            if offset >= 2 { words[Int(trigram >> 6)] |= 1 << (trigram & 63) }
        }
    }

    func forEach(_ body: (UInt32) -> Void) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(UInt32(index * 64 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
    }
}
