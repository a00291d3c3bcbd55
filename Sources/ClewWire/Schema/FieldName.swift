/// Up to 24 bytes of a field's name as three words, behind which there are zeros: two names are compared without a loop.
///
/// No name of the schema is longer, and none holds a NUL.
struct FieldName: Hashable, Sendable {
    static let maximumLength = 24

    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)

    /// The empty name.
    init() {}

    /// `nil` for more than ``maximumLength`` bytes.
    init?(_ name: [UInt8]) {
        // Safe: bytes of an array have no padding.
        self.init(unsafe name.span.bytes, name.indices)
    }

    /// The name in a range of the text; `nil` for more than ``maximumLength`` bytes.
    init?(_ text: RawSpan, _ range: Range<Int>) {
        let length = range.count
        guard length <= Self.maximumLength else { return nil }
        if text.byteCount - range.lowerBound >= Self.maximumLength {
            words = Self.load(text, range.lowerBound)
            words.0 &= Self.mask(length)
            words.1 &= Self.mask(length - 8)
            words.2 &= Self.mask(length - 16)
        } else {
            for index in 0..<length { set(text.byte(at: range.lowerBound + index), at: index) }
        }
    }

    /// Whether the text has these bytes at an offset, which `mask` tells the length of.
    @inline(__always)
    func isPrefix(of text: RawSpan, at offset: Int, _ mask: FieldName) -> Bool {
        guard text.byteCount - offset >= Self.maximumLength else { return false }
        guard UInt64(littleEndian: text.word64(at: offset)) & mask.words.0 == words.0 else { return false }
        if mask.words.1 == 0 { return true }
        let (_, second, third) = Self.load(text, offset)
        return second & mask.words.1 == words.1 && third & mask.words.2 == words.2
    }

    /// Appends the first bytes of the name.
    @inline(__always)
    func append(_ length: Int, to buffer: inout ByteBuffer) {
        buffer.append(words.0, count: min(length, 8))
        if length > 8 { buffer.append(words.1, count: min(length - 8, 8)) }
        if length > 16 { buffer.append(words.2, count: min(length - 16, 8)) }
    }

    /// As many bytes of all ones as there are bytes in the name.
    var mask: FieldName {
        var result = self
        result.words = (Self.ones(words.0), Self.ones(words.1), Self.ones(words.2))
        return result
    }

    /// A number that differs for most names.
    var hash: UInt64 {
        // The golden ratio's bits, and two more odd numbers without a pattern.
        let mixed =
            words.0 &* 0x9E37_79B9_7F4A_7C15 ^ words.1 &* 0xC2B2_AE3D_27D4_EB4F ^ words.2 &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ mixed >> 32
    }

    static func == (left: FieldName, right: FieldName) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    @inline(__always)
    private static func load(_ text: RawSpan, _ offset: Int) -> (UInt64, UInt64, UInt64) {
        (
            UInt64(littleEndian: text.word64(at: offset)), UInt64(littleEndian: text.word64(at: offset + 8)),
            UInt64(littleEndian: text.word64(at: offset + 16))
        )
    }

    /// Ones in the lowest bytes of a word.
    @inline(__always)
    private static func mask(_ bytes: Int) -> UInt64 { bytes >= 8 ? .max : bytes <= 0 ? 0 : 1 << UInt64(bytes * 8) - 1 }

    private static func ones(_ word: UInt64) -> UInt64 { mask(8 - word.leadingZeroBitCount / 8) }

    private mutating func set(_ byte: UInt8, at index: Int) {
        let bits = UInt64(byte) << UInt64(index % 8 * 8)
        switch index / 8 {
        case 0: words.0 |= bits
        case 1: words.1 |= bits
        default: words.2 |= bits
        }
    }
}
