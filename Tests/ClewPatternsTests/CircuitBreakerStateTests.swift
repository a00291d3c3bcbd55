import Testing

@testable import ClewPatterns

private let second: UInt64 = 1_000_000_000

/// A breaker of the default settings, and a ticket of the present epoch.
struct CircuitBreakerScene {
    var machine = CircuitBreakerState(CircuitBreakerSettings())
    var now = 100 * second
    var ticket = CircuitBreakerState.Ticket(epoch: 0)
    /// Of an earlier epoch, or of none where this is the first.
    var late = CircuitBreakerState.Ticket(epoch: .max)

    mutating func begin() {
        if case .admitted(let next, _) = machine.acquire(at: now) { ticket = next }
    }

    mutating func end(_ outcome: CircuitBreakerState.Outcome, times count: Int = 1) {
        for _ in 0..<count {
            begin()
            _ = machine.report(outcome, of: ticket, at: now)
        }
    }

    mutating func open() {
        end(.failed, times: 10)
        late = ticket
        // None is given out while it is open.
        ticket.epoch &+= 1
    }
}

struct CircuitBreakerRow {
    var before: CircuitState
    var acquired: CircuitState?
    var outcomes: [CircuitState]

    init(
        _ before: CircuitState, _ acquired: CircuitState?, _ succeeded: CircuitState, _ failed: CircuitState,
        _ released: CircuitState
    ) {
        self.before = before
        self.acquired = acquired
        outcomes = [succeeded, failed, released]
    }
}

enum CircuitBreakerSituation: String, CaseIterable {
    case closed, brink, tipping, open, openOver, probing, full, overdue, lastProbe

    var scene: CircuitBreakerScene {
        var scene = CircuitBreakerScene()
        switch self {
        case .closed: scene.begin()
        case .brink:
            scene.end(.failed, times: 4)
            scene.end(.succeeded, times: 5)
        case .tipping:
            scene.end(.failed, times: 5)
            scene.end(.succeeded, times: 4)
        case .open: scene.open()
        case .openOver, .probing, .full, .overdue, .lastProbe:
            scene.open()
            scene.now += 5 * second
            if self == .lastProbe { scene.end(.succeeded, times: 2) }
            for _ in 0..<probes { scene.begin() }
            if self == .overdue { scene.now += 5 * second }
        }
        return scene
    }

    private var probes: Int {
        switch self {
        case .probing, .lastProbe: 1
        case .full, .overdue: 3
        default: 0
        }
    }

    /// The states before, after a call was let through (`nil` where it is refused), and after each outcome of a call.
    var row: CircuitBreakerRow {
        switch self {
        case .closed: CircuitBreakerRow(.closed, .closed, .closed, .closed, .closed)
        case .brink: CircuitBreakerRow(.closed, .closed, .closed, .open, .closed)
        case .tipping: CircuitBreakerRow(.closed, .closed, .open, .open, .closed)
        case .open: CircuitBreakerRow(.open, nil, .open, .open, .open)
        case .openOver: CircuitBreakerRow(.open, .halfOpen, .open, .open, .open)
        case .probing: CircuitBreakerRow(.halfOpen, .halfOpen, .halfOpen, .open, .halfOpen)
        case .full: CircuitBreakerRow(.halfOpen, nil, .halfOpen, .open, .halfOpen)
        case .overdue: CircuitBreakerRow(.halfOpen, .halfOpen, .halfOpen, .open, .halfOpen)
        case .lastProbe: CircuitBreakerRow(.halfOpen, .halfOpen, .closed, .open, .halfOpen)
        }
    }
}

@Suite("The state machine of a circuit breaker")
struct CircuitBreakerStateTests {
    @Test("answers every event in every situation as its table says", arguments: CircuitBreakerSituation.allCases)
    func table(_ situation: CircuitBreakerSituation) {
        let row = situation.row
        let before = row.before
        let scene = situation.scene
        #expect(scene.machine.state == before)

        var machine = scene.machine
        switch machine.acquire(at: scene.now) {
        case .admitted(_, let change):
            #expect(machine.state == row.acquired)
            #expect(change == self.change(before, machine.state))
        case .refused(let state, let retryAfter):
            #expect(row.acquired == nil && state == before && machine.state == before)
            #expect(retryAfter == 5 * second)
        }
        for (outcome, after) in zip(CircuitBreakerState.Outcome.allCases, row.outcomes) {
            var machine = scene.machine
            let change = machine.report(outcome, of: scene.ticket, at: scene.now)
            #expect(change == self.change(before, after))
            #expect(machine.state == after)
        }
    }

    @Test("ignores every late report in every situation", arguments: CircuitBreakerSituation.allCases)
    func late(_ situation: CircuitBreakerSituation) {
        let scene = situation.scene
        for outcome in CircuitBreakerState.Outcome.allCases {
            var machine = scene.machine
            for _ in 0..<20 {
                let change = machine.report(outcome, of: scene.late, at: scene.now)
                #expect(change == nil)
            }
            #expect(machine.state == scene.machine.state)
            var untouched = scene.machine
            let (admission, expected) = (machine.acquire(at: scene.now), untouched.acquire(at: scene.now))
            #expect(admission == expected)
        }
    }

    private func change(_ before: CircuitState, _ after: CircuitState) -> CircuitBreakerState.Change? {
        before == after ? nil : CircuitBreakerState.Change(from: before, to: after)
    }

    @Test("forgets a call when the window has passed it", arguments: [0, 1, 9, 10, 11, 1000, 1_000_000] as [UInt64])
    func window(seconds: UInt64) {
        var scene = CircuitBreakerScene()
        scene.end(.failed, times: 9)
        scene.now += seconds * second
        scene.end(.failed)
        #expect(scene.machine.state == (seconds < 10 ? .open : .closed))
    }

    @Test("forgets each step of the window on its own")
    func steps() {
        var scene = CircuitBreakerScene()
        for _ in 0..<30 {
            scene.end(.failed)
            scene.now += 2 * second
        }
        #expect(scene.machine.state == .closed)
    }

    @Test("counts a call whose time is a little before that of another")
    func disorder() {
        var scene = CircuitBreakerScene()
        scene.end(.failed, times: 9)
        scene.now -= 3 * second
        scene.end(.failed)
        #expect(scene.machine.state == .open)
    }

    @Test("reaches a ratio exactly", arguments: 1...100)
    func ratio(failures: Int) {
        var settings = CircuitBreakerSettings()
        settings.minimumCalls = 100
        settings.failureRatio = Double(failures) / 100
        var scene = CircuitBreakerScene(machine: CircuitBreakerState(settings))
        scene.end(.failed, times: failures - 1)
        scene.end(.succeeded, times: 101 - failures)
        #expect(scene.machine.state == .closed)
        scene = CircuitBreakerScene(machine: CircuitBreakerState(settings))
        scene.end(.failed, times: failures)
        scene.end(.succeeded, times: 100 - failures)
        #expect(scene.machine.state == .open)
    }

    @Test("does not open on successes alone, even at a ratio of 0")
    func successes() {
        var settings = CircuitBreakerSettings()
        settings.failureRatio = 0
        var scene = CircuitBreakerScene(machine: CircuitBreakerState(settings))
        scene.end(.succeeded, times: 100)
        #expect(scene.machine.state == .closed)
        scene.end(.failed)
        #expect(scene.machine.state == .open)
    }

    @Test("stays open to the end of time rather than wrap around it")
    func endOfTime() {
        var scene = CircuitBreakerScene()
        scene.now = .max - second
        scene.open()
        let admission = scene.machine.acquire(at: scene.now)
        #expect(admission == .refused(.open, retryAfter: second))
    }

    @Test("does over long random sequences what a model of lists does")
    func model() {
        var seen: Set<CircuitBreakerState.Change> = []
        for seed in 1...40 as ClosedRange<UInt64> {
            var run = RandomRun(seed: seed)
            for step in 0..<3000 {
                guard let difference = run.step(&seen) else { continue }
                Issue.record("seed \(seed), step \(step): \(difference)")
                return
            }
        }
        #expect(seen.count == 4)
    }
}

/// What the state machine is to do, with lists in place of its ring and counters.
private struct Model {
    struct Call {
        var epoch: Int
        var id: Int
    }

    var state = CircuitState.closed
    private var epoch = 0
    private var ended: [(time: UInt64, isFailure: Bool)] = []
    private var reopenings = 0
    private var end: UInt64 = 0
    private var probes: Set<Int> = []
    private var lastProbe: UInt64 = 0
    private var successes = 0
    private var nextID = 0

    private var openTime: UInt64 { [5, 10, 20, 40, 60][min(reopenings, 4)] * second }

    private mutating func enter(_ next: CircuitState) {
        (state, epoch, ended, probes, successes) = (next, epoch + 1, [], [], 0)
    }

    /// - Returns: The call, or for how long it is refused.
    mutating func acquire(_ now: UInt64) -> (Call?, UInt64) {
        if state == .open {
            if now < end { return (nil, end - now) }
            enter(.halfOpen)
        }
        nextID += 1
        if state == .halfOpen {
            if probes.count == 3, now < lastProbe + openTime { return (nil, lastProbe + openTime - now) }
            if probes.count == 3 { probes = [] }
            probes.insert(nextID)
            lastProbe = now
        }
        return (Call(epoch: epoch, id: nextID), 0)
    }

    mutating func report(_ outcome: CircuitBreakerState.Outcome, _ call: Call, _ now: UInt64) {
        guard call.epoch == epoch else { return }
        probes.remove(call.id)
        switch (state, outcome) {
        case (.open, _), (_, .released): break
        case (.closed, _):
            ended.append((now, outcome == .failed))
            ended.removeAll { $0.time / second + 10 <= now / second }
            let failures = ended.filter { $0.isFailure }.count
            guard ended.count >= 10, failures * 2 >= ended.count else { return }
            open(now)
        case (.halfOpen, .failed):
            reopenings += 1
            open(now)
        case (.halfOpen, .succeeded):
            successes += 1
            guard successes == 3 else { return }
            reopenings = 0
            enter(.closed)
        }
    }

    private mutating func open(_ now: UInt64) {
        enter(.open)
        end = now + openTime
    }
}

/// The state machine and its model, side by side.
private struct RandomRun {
    private var machine = CircuitBreakerState(CircuitBreakerSettings())
    private var model = Model()
    private var random: SeededNumbers
    private var calls: [(CircuitBreakerState.Ticket, Model.Call)] = []
    private var now: UInt64 = 0
    private var failures = 0

    init(seed: UInt64) {
        random = SeededNumbers(state: seed)
    }

    /// - Returns: Where they differ.
    mutating func step(_ seen: inout Set<CircuitBreakerState.Change>) -> String? {
        let before = machine.state
        // Weather that changes: all works, half of it, or nothing.
        if Int.random(in: 0..<50, using: &random) == 0 { failures = Int.random(in: 0...2, using: &random) }
        let kind = Int.random(in: 0..<8, using: &random)
        var difference: String?
        if kind == 0 {
            let longest = [second / 10, second, 7 * second][Int.random(in: 0..<3, using: &random)]
            now += UInt64.random(in: 0...longest, using: &random)
        } else if calls.isEmpty || kind < 4 && calls.count < 12 {
            difference = begin(&seen)
        } else {
            difference = end(&seen)
        }
        guard machine.state == model.state else { return "\(before) became \(machine.state), not \(model.state)" }
        return difference
    }

    private mutating func begin(_ seen: inout Set<CircuitBreakerState.Change>) -> String? {
        let before = machine.state
        let (call, wait) = model.acquire(now)
        switch (machine.acquire(at: now), call) {
        case (.admitted(let ticket, let change), let call?):
            calls.append((ticket, call))
            return check(change, before, &seen)
        case (.refused(let state, let retryAfter), nil):
            return state == before && retryAfter == wait ? nil : "refused by \(state) for \(retryAfter), not \(wait)"
        case (let admission, _): return "\(admission) in \(before)"
        }
    }

    private mutating func end(_ seen: inout Set<CircuitBreakerState.Change>) -> String? {
        let before = machine.state
        let (ticket, call) = calls.remove(at: Int.random(in: 0..<calls.count, using: &random))
        let isFailure = Int.random(in: 0..<2, using: &random) < failures
        let isReleased = Int.random(in: 0..<10, using: &random) == 0
        let outcome: CircuitBreakerState.Outcome = isReleased ? .released : isFailure ? .failed : .succeeded
        model.report(outcome, call, now)
        let change = machine.report(outcome, of: ticket, at: now)
        return check(change, before, &seen)
    }

    private func check(
        _ change: CircuitBreakerState.Change?, _ before: CircuitState, _ seen: inout Set<CircuitBreakerState.Change>
    ) -> String? {
        if let change { seen.insert(change) }
        let expected =
            machine.state == before ? nil : CircuitBreakerState.Change(from: before, to: machine.state)
        return change == expected ? nil : "reported \(String(describing: change)) for \(before) to \(machine.state)"
    }
}

/// SplitMix64 (Steele, Lea, Flood, 2014).
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
