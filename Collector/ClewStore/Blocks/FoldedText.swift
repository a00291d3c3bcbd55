import ClewModel

/// A text that is sought in others, ASCII letters in either case, as ``LogQuery/contains(_:_:)`` defines it.
struct FoldedText {
    /// In UTF-8, letters of ASCII as lower case.
    let bytes: [UInt8]
    // The first and the last byte eight times over, and for each the bit that tells the cases of a letter apart.
    private let first: UInt64
    private let last: UInt64
    private let firstCase: UInt64
    private let lastCase: UInt64

    init(_ text: String) {
        bytes = text.utf8.map(Self.lowercased)
        let (first, last) = (bytes.first ?? 0, bytes.last ?? 0)
        self.first = Self.eachByte * UInt64(first)
        self.last = Self.eachByte * UInt64(last)
        firstCase = Self.caseBit(first)
        lastCase = Self.caseBit(last)
    }

    private static let eachByte: UInt64 = 0x0101_0101_0101_0101
    private static let eachHighBit: UInt64 = 0x8080_8080_8080_8080

    private static func caseBit(_ byte: UInt8) -> UInt64 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? eachByte * 0x20 : 0
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// Whether other text, in UTF-8, contains this one.
    ///
    /// Eight places at a time are compared by the first and the last byte alone (Muła, "SIMD-friendly algorithms for
    /// substring searching"), and where both agree by all of them.
    func isContained(in text: RawSpan) -> Bool {
        if bytes.isEmpty { return true }
        let places = text.byteCount - bytes.count + 1
        guard places > 0 else { return false }
        guard places >= 8 else { return (0..<places).contains { matches(text, $0) } }
        let distance = bytes.count - 1
        var place = 0
        while true {
            // A byte is zero where both agree. The lowest one that shows is; one above it may not be.
            let differences =
                ((text.word(at: place) | firstCase) ^ first) | ((text.word(at: place + distance) | lastCase) ^ last)
            var candidates = (differences &- Self.eachByte) & ~differences & Self.eachHighBit
            while candidates != 0 {
                if matches(text, place + candidates.trailingZeroBitCount / 8) { return true }
                candidates &= candidates - 1
            }
            if place + 8 == places { return false }
            // The last step goes over some places again rather than beyond the text.
            place = min(place + 8, places - 8)
        }
    }

    private func matches(_ text: RawSpan, _ place: Int) -> Bool {
        for index in bytes.indices
        where Self.lowercased(UInt8(truncatingIfNeeded: text.byte(at: place + index))) != bytes[index] { return false }
        return true
    }
}

extension ByteStrings {
    /// Calls `body` with the text of an encoded value (`AnyValue`): what `description` says of it, which of a string is itself
    /// and lies there already.
    func withText<Result>(_ index: Int, _ body: (RawSpan) -> Result) throws(DamagedColumn) -> Result {
        let value = bytes.span.extracting(range(index))
        if case .text(let start) = EncodedValue(value) {
            return body(unsafe value.extracting(start..<value.count).bytes)
        }
        let text = Array(try self.value(index).description.utf8)
        return body(unsafe text.span.bytes)
    }
}
