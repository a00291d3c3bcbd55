/// A pattern as instructions on bytes of UTF-8, in the manner of Thompson (1968).
struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        /// Takes one byte of a set, by its number in ``sets``.
        case byte(set: Int, next: Int)
        /// Goes on at both.
        case split(Int, Int)
        /// Goes on only at the beginning of the text.
        case start(next: Int)
        case end(next: Int)
        case match
    }

    private(set) var instructions: [Instruction] = [.match]
    private(set) var sets: [ByteSet] = []
    /// The instruction to begin at.
    private(set) var entry = 0
    /// Bytes that every set treats alike share a class.
    let classes: [UInt8]
    /// A byte of each class.
    let representatives: [UInt8]

    init(_ node: PatternNode, maximumInstructions: Int, _ text: String) throws(TextPatternError) {
        var compiler = PatternCompiler(limit: maximumInstructions, text: text)
        entry = try compiler.compile(node, before: 0)
        instructions = compiler.instructions
        sets = compiler.sets
        (classes, representatives) = Self.classes(sets)
    }

    private static func classes(_ sets: [ByteSet]) -> ([UInt8], [UInt8]) {
        var classes = [UInt8](repeating: 0, count: 256)
        var representatives: [UInt8] = [0]
        for set in sets {
            // The members of a class that the set has become a class of their own.
            var moved: [Int: UInt8] = [:]
            for byte in UInt8.min ... .max {
                let old = classes[Int(byte)]
                guard set.contains(byte) != set.contains(representatives[Int(old)]) else { continue }
                if let known = moved[Int(old)] {
                    classes[Int(byte)] = known
                } else {
                    let number = UInt8(representatives.count)
                    representatives.append(byte)
                    moved[Int(old)] = number
                    classes[Int(byte)] = number
                }
            }
        }
        return (classes, representatives)
    }
}

/// Some of the 256 bytes.
struct ByteSet: Hashable, Sendable {
    private var a: UInt64 = 0
    private var b: UInt64 = 0
    private var c: UInt64 = 0
    private var d: UInt64 = 0

    init(_ ranges: [ClosedRange<UInt8>]) {
        for range in ranges {
            for byte in range { insert(byte) }
        }
    }

    private mutating func insert(_ byte: UInt8) {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: a |= bit
        case 1: b |= bit
        case 2: c |= bit
        default: d |= bit
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: a
            case 1: b
            case 2: c
            default: d
            }
        return word >> UInt64(byte & 63) & 1 != 0
    }
}
