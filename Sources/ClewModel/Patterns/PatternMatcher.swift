/// Matches texts with one pattern, and keeps the states of the automaton that it met.
///
/// A state is the set of instructions that the text so far leads to; it is made when a text first leads there. A text
/// costs one look at a table for each byte, or, where the state is new, at most a visit to each instruction: the time is
/// bounded by the length of the text times the size of the pattern. When `maximumTransitions` or `maximumItems` is
/// reached, all states are forgotten and made anew as they are met.
public struct PatternMatcher: Sendable {
    /// Entries of the table, of 4 bytes.
    private static let maximumTransitions = 1 << 16
    /// Instructions in all states, of 2 bytes, twice: as a list and as a key.
    private static let maximumItems = 1 << 17
    /// Visits that ``prepare()`` may make: about a millisecond.
    private static let preparedVisits = 100_000

    private static let unknown: Int32 = -1
    /// The state of no instruction: no more text helps.
    private static let dead: Int32 = 0
    private static let initial: Int32 = 1

    private let program: PatternProgram
    private var transitions: [Int32] = []
    private var isAccepting: [Bool] = []
    /// By state: its instructions that take a byte or wait for the end, ascending.
    private var states: [[UInt16]] = []
    private var numbers: [[UInt16]: Int32] = [:]
    private var itemCount = 0
    private var closure: InstructionSet
    /// Instructions visited so far, which is the cost beside one table look a byte.
    public private(set) var visits = 0

    init(_ program: PatternProgram) {
        self.program = program
        closure = InstructionSet(count: program.instructions.count)
        addInitialStates()
    }

    private var classCount: Int { program.representatives.count }

    /// Whether the whole text matches.
    public mutating func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return matches(bytes.span)
    }

    /// Whether the whole text, as valid UTF-8, matches.
    public mutating func matches(_ text: borrowing Swift.Span<UInt8>) -> Bool {
        let classCount = classCount
        var state = Self.initial
        for index in text.indices {
            let byteClass = Int(program.classes[Int(text[index])])
            var next = transitions[Int(state) * classCount + byteClass]
            if next == Self.unknown { next = transition(from: state, byteClass) }
            if next == Self.dead { return false }
            state = next
        }
        return isAccepting[Int(state)]
    }

    /// Makes the states that short texts lead to, up to a bounded cost.
    mutating func prepare() {
        var state = 0
        while state < states.count {
            for byteClass in 0..<classCount {
                let isHalfFull =
                    transitions.count > Self.maximumTransitions / 2 || itemCount > Self.maximumItems / 2
                guard visits < Self.preparedVisits, !isHalfFull else { return }
                _ = transition(from: Int32(state), byteClass)
            }
            state += 1
        }
    }

    // MARK: States

    private mutating func transition(from state: Int32, _ byteClass: Int) -> Int32 {
        let byte = program.representatives[byteClass]
        closure.removeAll()
        for item in states[Int(state)] {
            visits += 1
            if case .byte(let set, let next) = program.instructions[Int(item)], program.sets[set].contains(byte) {
                visits += closure.add(next, of: program, atStart: false)
            }
        }
        let forgotten = isFull
        if forgotten { forgetStates() }
        let next = addState()
        if !forgotten { transitions[Int(state) * classCount + byteClass] = next }
        return next
    }

    private var isFull: Bool {
        transitions.count + classCount > Self.maximumTransitions || itemCount > Self.maximumItems
    }

    private mutating func forgetStates() {
        let current = closure
        (transitions, isAccepting, states, numbers, itemCount) = ([], [], [], [:], 0)
        addInitialStates()
        closure = current
    }

    private mutating func addInitialStates() {
        closure.removeAll()
        _ = addState()
        visits += closure.add(program.entry, of: program, atStart: true)
        // Never found again: what `^` accepts at the beginning, the same instructions do not accept later.
        numbers = [:]
        _ = addState(atStart: true)
        numbers = [[]: Self.dead]
    }

    /// The number of the state of ``closure``.
    private mutating func addState(atStart: Bool = false) -> Int32 {
        let items = closure.items
        if let known = numbers[items] { return known }
        let number = Int32(states.count)
        states.append(items)
        numbers[items] = number
        itemCount += items.count
        transitions.append(contentsOf: repeatElement(Self.unknown, count: classCount))
        visits += closure.passEnd(of: program, atStart: atStart)
        isAccepting.append(closure.contains(0))
        return number
    }
}

/// Instructions that the text so far leads to.
private struct InstructionSet: Sendable {
    /// By instruction: whether it is in the set, as the number of the set.
    private var marks: [UInt32]
    private var mark: UInt32 = 0
    private var members: [UInt16] = []
    private var pending: [Int] = []

    init(count: Int) {
        marks = Array(repeating: 0, count: count)
    }

    mutating func removeAll() {
        members.removeAll(keepingCapacity: true)
        if mark == .max {
            for index in marks.indices { marks[index] = 0 }
            mark = 0
        }
        mark += 1
    }

    func contains(_ instruction: Int) -> Bool { marks[instruction] == mark }

    /// Adds an instruction and all that it leads to without a byte.
    ///
    /// - Returns: How many were visited.
    mutating func add(_ instruction: Int, of program: PatternProgram, atStart: Bool, atEnd: Bool = false) -> Int {
        var visits = 0
        pending.append(instruction)
        while let index = pending.popLast() {
            visits += 1
            guard marks[index] != mark else { continue }
            marks[index] = mark
            switch program.instructions[index] {
            case .byte, .match: members.append(UInt16(index))
            case .end(let next):
                members.append(UInt16(index))
                if atEnd { pending.append(next) }
            case .start(let next): if atStart { pending.append(next) }
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            }
        }
        return visits
    }

    /// Adds what the end of the text leads to.
    mutating func passEnd(of program: PatternProgram, atStart: Bool) -> Int {
        var visits = 0
        for member in members {
            if case .end(let next) = program.instructions[Int(member)] {
                visits += add(next, of: program, atStart: atStart, atEnd: true)
            }
        }
        return visits
    }

    /// What makes up a state: ascending.
    var items: [UInt16] { members.sorted() }
}
