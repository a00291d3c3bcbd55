import ClewModel
import ClewWire

/// Makes inputs that no sender means out of ones that some sender does.
struct Mutator {
    var random: RandomTelemetry

    init(seed: UInt64) { random = RandomTelemetry(seed: seed) }

    /// No mutated input is longer than this.
    static let maximumSize = 32_768

    /// A few changes to a base, some of them with pieces of another input.
    mutating func mutate(_ base: [UInt8], _ other: [UInt8]) -> [UInt8] {
        var bytes = base
        for _ in 0..<random.pick([1, 1, 1, 2, 4, 8]) { change(&bytes, other) }
        return Array(bytes.prefix(Self.maximumSize))
    }

    private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
        let start = Int.random(in: 0...bytes.count, using: &random.generator)
        let length = min(random.pick([0, 1, 1, 2, 4, 16, 100]), bytes.count - start)
        let range = start..<(start + length)
        switch Int.random(in: 0..<9, using: &random.generator) {
        case 0 where start < bytes.count: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random.generator)
        case 1 where start < bytes.count: bytes[start] = UInt8(truncatingIfNeeded: random.generator.next())
        case 2: bytes.removeSubrange(range)
        case 3 where random.chance(30): bytes.removeSubrange(start...)
        case 4: bytes.insert(contentsOf: bytes[range], at: start)
        case 5: bytes.replaceSubrange(range, with: piece(of: other))
        case 6: bytes.replaceSubrange(range, with: random.pick(Self.lengths))
        case 7: bytes.replaceSubrange(range, with: random.pick(Self.tokens))
        default: if random.chance(10) { bytes.replaceSubrange(range, with: nesting()) }
        }
    }

    private mutating func piece(of bytes: [UInt8]) -> [UInt8] {
        let start = Int.random(in: 0...bytes.count, using: &random.generator)
        return Array(bytes[start...].prefix(random.pick([1, 4, 20, 200])))
    }

    /// Brackets or attribute values in one another, around and beyond the limit.
    private mutating func nesting() -> [UInt8] {
        let depth = random.pick([10, 99, 100, 101, 400])
        if random.chance(40) {
            return Array(
                String(repeating: random.pick(["[", "{\"a\":", #"{"arrayValue":{"values":["#]), count: depth).utf8)
        }
        return Self.nestedValue(depth)
    }

    /// An `AnyValue` in protobuf that holds lists of one value each, to a depth.
    static func nestedValue(_ depth: Int) -> [UInt8] {
        var value: [UInt8] = []
        for _ in 1..<depth {
            let list = field(1, value)
            value = field(5, list)
        }
        return value
    }

    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var result = [number << 3 | 2]
        var rest = content.count
        while rest >= 0x80 {
            result.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return result + [UInt8(rest)] + content
    }

    /// Varints where a length may be: short, around what fits in 7, 32 and 64 bits, too long, without an end.
    private static let lengths: [[UInt8]] = [
        [0], [1], [0x7F], [0x80, 1], [0xFF, 0xFF, 0xFF, 0xFF, 7], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
        [0x80, 0x80, 0x80, 0x80, 0x10], Array(repeating: 0xFF, count: 9) + [1], Array(repeating: 0xFF, count: 9) + [0],
        Array(repeating: 0xFF, count: 10), Array(repeating: 0x80, count: 9) + [1], [0x80, 0], [0xFF], [0x07],
        [0x0B, 0x0C],
    ]

    private static let tokens: [[UInt8]] =
        [
            "null", "{}", "[]", "{", "}", "[", "]", ",", ":", "\"", "\\", "\"\"", "true", "false", "nul", "-0", "00",
            "1.", "1e3",
            "1e999", "0.1", "\"1\"", "12345678901234567890", "-9223372036854775808", "18446744073709551615", "\"NaN\"",
            "\"-Infinity\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"SPAN_KIND_SERVER\"", "\"AAA=\"",
            "\"key\":",
            "\"stringValue\":", "\"bytesValue\":", "\"unknown\":", " \n\t", "\u{0}", "é", "😀", "\u{1F}\u{8B}\u{8}",
            "CLW1",
        ].map { Array($0.utf8) } + [[0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]
}
