import Clew
import ClewModel
import ClewTesting
import Testing

@testable import ClewPatterns

@Suite("Retry budget")
struct RetryBudgetTests {
    let manual = ManualClock()

    func budget(ratio: Double, perSecond: Double = 0, timeToLive: Duration = .seconds(10)) -> RetryBudget {
        RetryBudget(settings(ratio, perSecond, timeToLive), clock: manual.clock)
    }

    func settings(_ ratio: Double, _ perSecond: Double, _ timeToLive: Duration) -> RetryBudget.Settings {
        var settings = RetryBudget.Settings()
        settings.ratio = ratio
        settings.minimumPerSecond = perSecond
        settings.timeToLive = timeToLive
        return settings
    }

    func drained(_ budget: RetryBudget, atMost limit: Int = 1_000) -> Int {
        (0..<limit).prefix { _ in budget.withdraw() }.count
    }

    @Test("by default the reserve is one repetition a second for ten seconds")
    func reserve() {
        let budget = RetryBudget(clock: manual.clock)
        #expect(budget.balance == 10)
        #expect(drained(budget) == 10)
        #expect(!budget.withdraw())
    }

    @Test("ten first attempts pay for one repetition, to the last tenth")
    func tenths() {
        let budget = budget(ratio: 0.1)
        for _ in 0..<9 { budget.deposit() }
        #expect(!budget.withdraw())
        budget.deposit()
        #expect(budget.withdraw())
        #expect(!budget.withdraw())
        #expect(budget.balance == 0)
    }

    @Test("what was paid in is forgotten after a while")
    func forgets() {
        let budget = budget(ratio: 0.1)
        for _ in 0..<100 { budget.deposit() }
        manual.advance(by: .seconds(10))
        #expect(budget.balance == 10)
        manual.advance(by: .seconds(1))
        #expect(budget.balance == 0)
    }

    @Test("what was taken from the reserve comes back, and not before its time")
    func reserveReturns() {
        let budget = budget(ratio: 0, perSecond: 2)
        #expect(drained(budget) == 20)
        manual.advance(by: .seconds(10))
        #expect(drained(budget) == 0)
        manual.advance(by: .seconds(1))
        #expect(drained(budget) == 20)
    }

    @Test("nothing is paid in twice: a repetition counts for as long as what paid for it")
    func spentOnce() {
        let budget = budget(ratio: 1)
        for _ in 0..<10 { budget.deposit() }
        manual.advance(by: .seconds(9))
        #expect(drained(budget) == 10)
        manual.advance(by: .seconds(3))
        #expect(budget.balance == -10)
        for _ in 0..<10 { budget.deposit() }
        #expect(!budget.withdraw())
    }

    @Test("a long silence forgets everything at once")
    func silence() {
        let budget = budget(ratio: 1)
        for _ in 0..<10 {
            budget.deposit()
            manual.advance(by: .seconds(1))
        }
        manual.advance(by: .seconds(1_000_000_000))
        #expect(budget.balance == 0)
    }

    @Test("a moment that comes late counts as the newest")
    func lateMoment() {
        var window = RetryBudget.Window(settings(1, 0, .seconds(10)))
        window.deposit(UInt64.max)
        window.deposit(0)
        #expect(window.balance(0) == 2 * RetryBudget.Window.token)
        let isPaid = window.withdraw(0)
        #expect(isPaid)
        #expect(window.balance(.max) == RetryBudget.Window.token)
    }

    @Test(
        "settings out of range are the nearest that are in range",
        arguments: [
            (-1.0, -1.0, 0.0), (.nan, .nan, 0), (-.infinity, -.infinity, 0), (0, 0, 0),
            (0, .infinity, 10_000_000), (0, 1e300, 10_000_000), (.infinity, 0, 1_000), (1e300, .nan, 1_000),
        ])
    func ranges(ratio: Double, perSecond: Double, balance: Double) {
        let budget = budget(ratio: ratio, perSecond: perSecond)
        budget.deposit()
        #expect(budget.balance == balance)
    }

    @Test(
        "the time is held to one second to sixty",
        arguments: [
            (Duration.seconds(Int64.min), 1.0), (.zero, 1), (.milliseconds(1500), 1.5), (.seconds(3_600), 60),
            (.seconds(Int64.max), 60),
        ])
    func lifetimes(timeToLive: Duration, reserve: Double) {
        #expect(budget(ratio: 0, perSecond: 1, timeToLive: timeToLive).balance == reserve)
    }

    @Test("many first attempts at the highest ratio do not overflow")
    func many() {
        var window = RetryBudget.Window(settings(1000, 0, .seconds(60)))
        for _ in 0..<10_000 { window.deposit(0) }
        #expect(window.balance(0) == 10_000 * 1000 * RetryBudget.Window.token)
    }

    /// Keeps every event, and asks them all.
    struct Model {
        var events: [(time: UInt64, millionths: Int64)] = []
        let width: UInt64 = 1_000_000_000

        func balance(_ now: UInt64, reserve: Int64) -> Int64 {
            events.filter { now / width - $0.time / width < 11 }.reduce(reserve) { $0 + $1.millionths }
        }
    }

    @Test("random sequences agree with a list of all events", arguments: 0..<50)
    func agreesWithModel(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var window = RetryBudget.Window(settings(0.25, 0.5, .seconds(10)))
        var model = Model()
        var now: UInt64 = 0
        for _ in 0..<500 {
            let balance = model.balance(now, reserve: 5_000_000)
            #expect(window.balance(now) == balance)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                window.deposit(now)
                model.events.append((now, 250_000))
            case 5..<8:
                let isPaid = window.withdraw(now)
                #expect(isPaid == (balance >= 1_000_000))
                if isPaid { model.events.append((now, -1_000_000)) }
            default: now += UInt64.random(in: 0..<4_000_000_000, using: &random)
            }
        }
    }

    @Test("in any ten seconds, repetitions stay within the share and the reserve", arguments: 0..<20)
    func bounded(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var window = RetryBudget.Window(settings(0.1, 1, .seconds(10)))
        var (firsts, repeats): ([UInt64], [UInt64]) = ([], [])
        var now: UInt64 = 0
        for _ in 0..<2_000 {
            now += UInt64.random(in: 0..<60_000_000, using: &random)
            window.deposit(now)
            firsts.append(now)
            for _ in 0..<2 where window.withdraw(now) { repeats.append(now) }
        }
        for end in repeats {
            let taken = repeats.count { $0 <= end && $0 + 10_000_000_000 > end }
            let paid = firsts.count { $0 <= end && $0 + 11_000_000_000 > end }
            #expect(Double(taken) <= 0.1 * Double(paid) + 10.000_001)
        }
    }
}
