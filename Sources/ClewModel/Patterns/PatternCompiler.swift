/// Turns a pattern's nodes into instructions, from the end of the pattern to its beginning.
struct PatternCompiler {
    private(set) var instructions: [PatternProgram.Instruction] = [.match]
    private(set) var sets: [ByteSet] = []
    private var setNumbers: [ByteSet: Int] = [:]
    /// Nodes visited: repeated nodes that emit nothing are bounded too.
    private var visits = 0
    private let limit: Int
    private let text: String

    private static let leads: ClosedRange<UInt8> = 0xC2...0xF4
    private static let continuations: ClosedRange<UInt8> = 0x80...0xBF

    init(limit: Int, text: String) {
        self.limit = limit
        self.text = text
    }

    /// - Returns: The instruction at which the node begins; behind it, it goes on at `next`.
    mutating func compile(_ node: PatternNode, before next: Int) throws(TextPatternError) -> Int {
        visits += 1
        guard visits <= 4 * limit else { throw tooLarge }
        switch node {
        case .scalars(let set): return try compile(set, before: next)
        case .sequence(let parts):
            var next = next
            for part in parts.reversed() { next = try compile(part, before: next) }
            return next
        case .choice(let branches):
            var entry: Int?
            for branch in branches.reversed() {
                let begin = try compile(branch, before: next)
                if let other = entry { entry = try emit(.split(begin, other)) } else { entry = begin }
            }
            return entry ?? next
        case .repeated(let body, let minimum, let maximum):
            var entry = next
            if let maximum {
                for _ in minimum..<max(minimum, maximum) {
                    entry = try emit(.split(compile(body, before: entry), next))
                }
            } else {
                entry = try emit(.split(next, next))
                instructions[entry] = .split(try compile(body, before: entry), next)
            }
            for _ in 0..<minimum { entry = try compile(body, before: entry) }
            return entry
        case .start: return try emit(.start(next: next))
        case .end: return try emit(.end(next: next))
        }
    }

    private mutating func compile(_ set: ScalarSet, before next: Int) throws(TextPatternError) -> Int {
        let ascii: ClosedRange<UInt32> = 0...0x7F
        var singles = set.ranges.filter(ascii.overlaps).map { range in
            let part = range.clamped(to: ascii)
            return UInt8(part.lowerBound)...UInt8(part.upperBound)
        }
        if set.ranges.last.map({ $0.lowerBound <= 0x80 && $0.upperBound == ScalarSet.last }) ?? false {
            // All beyond ASCII: a text is valid UTF-8, so continuation bytes come only behind the lead that they belong to.
            let rest = try emit(.split(next, next))
            instructions[rest] = .split(try emit(bytes: [Self.continuations], before: rest), next)
            return try emit(bytes: singles + [Self.leads], before: rest)
        }
        var branches: [Int] = []
        for sequence in set.ranges.flatMap(UTF8Sequences.of) where sequence.count > 1 {
            var next = next
            for range in sequence.reversed() { next = try emit(bytes: [range], before: next) }
            branches.append(next)
        }
        // A set of nothing still is an instruction, which no byte passes.
        if !singles.isEmpty || branches.isEmpty {
            singles.sort { $0.lowerBound < $1.lowerBound }
            branches.append(try emit(bytes: singles, before: next))
        }
        var entry = branches[0]
        for branch in branches.dropFirst() { entry = try emit(.split(branch, entry)) }
        return entry
    }

    private mutating func emit(bytes: [ClosedRange<UInt8>], before next: Int) throws(TextPatternError) -> Int {
        let set = ByteSet(bytes)
        let number = setNumbers[set] ?? sets.count
        if number == sets.count {
            sets.append(set)
            setNumbers[set] = number
        }
        return try emit(.byte(set: number, next: next))
    }

    private mutating func emit(_ instruction: PatternProgram.Instruction) throws(TextPatternError) -> Int {
        guard instructions.count < limit else { throw tooLarge }
        instructions.append(instruction)
        return instructions.count - 1
    }

    private var tooLarge: TextPatternError {
        TextPatternError(
            "the pattern is too large: its counts and classes need more than \(limit) steps", in: text, at: 0)
    }
}
