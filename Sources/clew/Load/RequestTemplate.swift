import ClewModel
import ClewWire

/// An encoded request whose ids can be made anew without encoding it again, so that a load generator costs little.
struct RequestTemplate: Sendable {
    let spanCount: Int
    let byteCount: Int
    private let bytes: [UInt8]
    /// Where the 8-byte words of trace and span ids stand.
    private let idOffsets: [Int]

    init(_ spans: [Span]) {
        bytes = OTLP.encode(spans)
        spanCount = spans.count
        byteCount = bytes.count
        var words: Set<UInt64> = []
        for span in spans { words.formUnion([span.traceID.high, span.traceID.low, span.spanID.value]) }
        var offsets: [Int] = []
        var word: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if index >= 7, words.contains(word) { offsets.append(index - 7) }
        }
        idOffsets = offsets
    }

    /// The request with every id combined with `salt`: ids that were equal stay equal, and another salt gives other ids.
    func request(salt: UInt64) -> [UInt8] {
        var copy = bytes
        for offset in idOffsets {
            for index in 0..<8 { copy[offset + index] ^= UInt8(truncatingIfNeeded: salt >> UInt64(56 - 8 * index)) }
        }
        return copy
    }
}
