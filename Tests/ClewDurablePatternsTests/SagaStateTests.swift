import Testing

@testable import ClewDurablePatterns

private typealias Machine = SagaMachine

/// What can become of an attempt.
private enum Fate: CaseIterable {
    case succeeds
    case refused
    case fails
    /// The process ends before the attempt reports; another one reads what was stored.
    case crashes
}

/// A saga, and what a witness of all its calls knows.
private struct Witnessed {
    var machine: Machine
    var done: Set<Int> = []
    /// Whether the work was done is not known.
    var doubtful: Set<Int> = []
    var undone: [Int] = []
    var attempts = 0

    /// - Returns: Whether what is stored says everything.
    mutating func suffer(_ fate: Fate, isExpired: Bool, _ plan: Machine.Plan) -> Bool {
        guard case .call(let action, let step, _) = machine.next else { return false }
        attempts += 1
        switch (action, fate) {
        case (.execute, .succeeds): done.insert(step)
        case (.execute, .fails), (.execute, .crashes): doubtful.insert(step)
        case (.compensate, .succeeds): undone.append(step)
        case (.execute, .refused), (.compensate, _): break
        }
        switch fate {
        case .succeeds: _ = machine.report(.succeeded)
        case .refused: _ = machine.report(.refused("no"))
        case .fails: _ = machine.report(.failed("broken"))
        case .crashes: break
        }
        // Every write is read again by another process.
        guard let read = Machine(plan, at: machine.position), read == machine else { return false }
        machine = read
        machine.begin(isExpired: isExpired)
        return Machine(plan, at: machine.position) == machine
    }

    /// What is to be undone, in that order.
    func debts(_ plan: Machine.Plan) -> [Int] {
        done.union(doubtful).filter { plan.compensable[$0] }.sorted(by: >)
    }
}

/// Takes every path that a saga can take.
private struct Explorer {
    let plan: Machine.Plan
    let mayExpire: Bool
    var endings: [SagaEnding: Int] = [:]
    var problem: String?

    mutating func explore() {
        var saga = Witnessed(machine: Machine(plan))
        saga.machine.begin()
        follow(saga)
    }

    private mutating func follow(_ saga: Witnessed) {
        guard problem == nil else { return }
        switch saga.machine.next {
        case .call(let action, _, _):
            let limit = plan.compensable.count * (plan.executions + plan.compensations)
            guard saga.machine.position.isUnderWay, saga.attempts < limit else { return fail("no end", saga) }
            for isExpired in mayExpire && action == .execute ? [false, true] : [false] {
                for fate in Fate.allCases {
                    var next = saga
                    guard next.suffer(fate, isExpired: isExpired, plan) else { return fail("not all is stored", next) }
                    follow(next)
                }
            }
        case .end(let ending): check(ending, saga)
        case .ended: fail("ended unnoticed", saga)
        }
    }

    private mutating func check(_ ending: SagaEnding, _ saga: Witnessed) {
        endings[ending, default: 0] += 1
        let debts = saga.debts(plan)
        switch ending {
        case .completed:
            guard saga.done.count == plan.compensable.count, saga.undone.isEmpty else { return fail("\(ending)", saga) }
        case .compensated:
            guard saga.undone == debts, saga.done.count < plan.compensable.count else { return fail("\(ending)", saga) }
        case .parked:
            guard saga.undone.count < debts.count, saga.undone == Array(debts.prefix(saga.undone.count)) else {
                return fail("\(ending)", saga)
            }
        }
        var ended = saga.machine
        ended.end()
        guard isSettled(ended, ending) else { return fail("moves after its end", saga) }
        if ending == .parked { unpark(ended, saga, debts) }
    }

    private func isSettled(_ machine: Machine, _ ending: SagaEnding) -> Bool {
        var touched = machine
        touched.begin(isExpired: true)
        _ = touched.report(.failed("late"))
        touched.end()
        return touched == machine && machine.next == .ended(ending) && Machine(plan, at: machine.position) == machine
            && (machine.reason == nil) == (ending == .completed)
    }

    /// Once what was in the way is repaired, the rest is undone, and nothing twice.
    private mutating func unpark(_ parked: Machine, _ saga: Witnessed, _ debts: [Int]) {
        var repaired = saga
        repaired.machine = parked
        let wasParked = repaired.machine.unpark()
        repaired.machine.begin()
        guard wasParked, repaired.machine.next == .call(.compensate, step: debts[saga.undone.count], attempt: 1) else {
            return fail("not unparked", repaired)
        }
        while case .call = repaired.machine.next {
            guard repaired.suffer(.succeeds, isExpired: false, plan) else { return fail("not unparked", repaired) }
        }
        guard repaired.machine.next == .end(.compensated), repaired.undone == debts else {
            return fail("not undone", repaired)
        }
    }

    private mutating func fail(_ what: String, _ saga: Witnessed) { problem = problem ?? "\(what): \(saga), \(plan)" }
}

@Suite("The state machine of a saga")
struct SagaStateTests {
    /// Every combination of steps that have a compensation and of such that have none.
    private func masks(_ count: Int) -> [[Bool]] {
        (0..<(1 << count)).map { mask in (0..<count).map { mask & (1 << $0) != 0 } }
    }

    @Test(
        "on every path, undoes what was or may have been done, in reverse, and ends",
        arguments: [(1, 1), (1, 2), (2, 1), (2, 2)])
    func everyPath(executions: Int, compensations: Int) {
        for mask in (0...3).flatMap(masks) {
            let plan = Machine.Plan(compensable: mask, executions: executions, compensations: compensations)
            for mayExpire in [false, true] {
                var explorer = Explorer(plan: plan, mayExpire: mayExpire)
                explorer.explore()
                #expect(explorer.problem == nil)
                #expect(explorer.endings[.completed, default: 0] > 0)
                #expect((explorer.endings[.compensated] != nil) == !mask.isEmpty)
            }
        }
    }

    @Test("does so with four steps too")
    func fourSteps() {
        let plan = Machine.Plan(compensable: [true, true, true, true], executions: 2, compensations: 1)
        var explorer = Explorer(plan: plan, mayExpire: false)
        explorer.explore()
        #expect(explorer.problem == nil)
        // Each step succeeds at once, after a failure, or after a crash.
        #expect(explorer.endings[.completed] == 81)
        #expect(explorer.endings[.parked, default: 0] > 0)
    }

    /// One whose second step is under way.
    private func second() -> Machine {
        var machine = Machine(.init(compensable: [true, true], executions: 3, compensations: 2))
        machine.begin()
        _ = machine.report(.succeeded)
        machine.begin()
        return machine
    }

    @Test("does not undo a step whose only attempt was refused, but one that may have been done before it was")
    func refusals() {
        var refused = second()
        var repetition = refused.report(.refused("no"))
        #expect(repetition == nil)
        #expect(refused.next == .call(.compensate, step: 0, attempt: 1))
        #expect(refused.reason == "no")

        var doubtful = second()
        repetition = doubtful.report(.failed("broken"))
        #expect(repetition == 1)
        doubtful.begin()
        #expect(doubtful.next == .call(.execute, step: 1, attempt: 2))
        repetition = doubtful.report(.refused("no"))
        #expect(repetition == nil)
        #expect(doubtful.next == .call(.compensate, step: 1, attempt: 1))
    }

    @Test("counts an interrupted attempt, so that a step that ends its process is not called for ever")
    func interruptions() {
        var machine = second()
        for attempt in 1...3 {
            #expect(machine.next == .call(.execute, step: 1, attempt: attempt))
            machine.begin()
        }
        #expect(machine.next == .call(.compensate, step: 1, attempt: 1))
        #expect(machine.reason == "the last attempt was interrupted")
        machine.begin()
        machine.begin()
        #expect(machine.next == .end(.parked))
    }

    @Test("counts no attempt where a wait is interrupted")
    func interruptedWait() throws {
        var machine = second()
        _ = machine.report(.failed("broken"))
        let plan = Machine.Plan(compensable: [true, true], executions: 3, compensations: 2)
        var read = try #require(Machine(plan, at: machine.position))
        read.begin()
        #expect(read.next == .call(.execute, step: 1, attempt: 2))
    }

    @Test("gives up where it has more attempts behind it than a new definition allows")
    func fewerAttempts() throws {
        var position = Machine.Position()
        (position.step, position.attempt) = (1, 7)
        let plan = Machine.Plan(compensable: [true, true], executions: 2, compensations: 1)
        var read = try #require(Machine(plan, at: position))
        read.begin()
        #expect(read.next == .call(.compensate, step: 1, attempt: 1))
    }

    @Test("parks at once where a compensation is refused")
    func refusedCompensation() {
        var machine = second()
        _ = machine.report(.refused("no"))
        machine.begin()
        let repetition = machine.report(.refused("the account is closed"))
        #expect(repetition == nil)
        #expect(machine.next == .end(.parked))
        machine.end()
        #expect(machine.reason == "the account is closed")
    }

    @Test("refuses positions that its definition cannot have come to", arguments: Machine.Position.Phase.allCases)
    func foreign(_ phase: SagaMachine.Position.Phase) {
        let plan = Machine.Plan(compensable: [true, true], executions: 1, compensations: 1)
        var valid: [Int] = []
        for step in [Int.min, -2, -1, 0, 1, 2, 3, .max] {
            var position = Machine.Position()
            (position.phase, position.step) = (phase, step)
            if Machine(plan, at: position) != nil { valid.append(step) }
            for attempt in [Int.min, -1, 0, .max] {
                position.attempt = attempt
                #expect(Machine(plan, at: position) == nil)
            }
        }
        let expected: [Machine.Position.Phase: [Int]] = [
            .executing: [0, 1, 2], .compensating: [-1, 0, 1], .completed: [2], .compensated: [-1], .parked: [0, 1],
        ]
        #expect(valid == expected[phase])
    }

    @Test("takes any number of attempts that a program asks for", arguments: [Int.min, 0, 1, .max])
    func anyAttempts(_ number: Int) {
        var machine = Machine(.init(compensable: [true], executions: number, compensations: number))
        machine.begin()
        let isRepeated = machine.report(.failed("broken")) == 1
        #expect(isRepeated == (number > 1))
    }
}
