/// Tells of most texts that no body of a block contains them, without a look at the bodies.
///
/// A Bloom filter of each three bytes in a row of the block's bodies, ASCII letters as lower case. A body that contains a
/// text contains all its trigrams, wherever words begin or end, so a filter of trigrams serves a search for any part of a
/// body; one of whole words would not.
struct TrigramFilter: Sendable {
    private let filter: BloomFilter

    /// Bytes below which a text has no trigram.
    static let leastText = 3
    /// Bodies of more than about 43 thousand distinct trigrams get no filter: it would rule out little and cost much.
    static let maximumBytes = 1 << 16

    /// Whether a body may contain a text; always true of a text of less than three bytes.
    func mayContain(_ text: FoldedText) -> Bool {
        let bytes = text.bytes
        guard bytes.count >= Self.leastText else { return true }
        for index in 0..<(bytes.count - 2) {
            let trigram = UInt64(bytes[index]) << 16 | UInt64(bytes[index + 1]) << 8 | UInt64(bytes[index + 2])
            if !filter.contains(trigram) { return false }
        }
        return true
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
        let count = seen.count
        guard BloomFilter.byteCount(count) <= Self.maximumBytes else { return nil }
        var filter = BloomFilter(count: count)
        seen.forEach { filter.insert(UInt64($0)) }
        self.filter = filter
    }

    func serialized() -> [UInt8] { filter.serialized() }

    init(reading bytes: [UInt8]) throws(DamagedColumn) {
        filter = try BloomFilter(reading: bytes)
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
