import ClewModel
import Testing

@testable import clew_cli

@Suite("Which requests a run sends, and when")
struct LoadScheduleTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("spans are rounded up to whole requests, which are due at once without a rate")
    func flatOut() {
        let schedule = LoadSchedule(spans: 1025, duration: nil, rate: nil, batch: 512)
        #expect(schedule.requests == 3 && schedule.knownRequests == 3)
        #expect(schedule.due(2) == nil)
        #expect(schedule.includes(2, elapsed: .max) && !schedule.includes(3, elapsed: 0))
    }

    @Test("a rate spaces requests evenly, however long the run")
    func rate() {
        let schedule = LoadSchedule(spans: nil, duration: 10 * Self.second, rate: 1000, batch: 100)
        #expect((0..<4).map { schedule.due($0) } == [0, 100_000_000, 200_000_000, 300_000_000])
        #expect(schedule.due(1_000_000) == 100_000 * Self.second)
        #expect(schedule.knownRequests == 100)
        // A late sender does not lose the requests that were due in time.
        #expect(schedule.includes(99, elapsed: 60 * Self.second) && !schedule.includes(100, elapsed: 0))
    }

    @Test("a duration ends a run without a rate, and the smaller of two ends counts")
    func duration() {
        let schedule = LoadSchedule(spans: nil, duration: Self.second, rate: nil, batch: 10)
        #expect(schedule.includes(1_000_000, elapsed: Self.second - 1) && !schedule.includes(0, elapsed: Self.second))
        #expect(schedule.knownRequests == nil)
        let both = LoadSchedule(spans: 50, duration: Self.second, rate: 100, batch: 10)
        #expect(both.knownRequests == 5)
        #expect(LoadSchedule(spans: 500, duration: Self.second, rate: 100, batch: 10).knownRequests == 10)
    }
}

@Suite("Waiting until a collector is idle")
struct IdleWaitTests {
    private static func wait(limit: Int = 60, _ usage: [Double]) async throws -> Duration? {
        var rest = usage[...]
        let wait = IdleWait(tolerance: 0.015, limit: .seconds(limit), sleep: { _ in })
        return try await wait.wait(unless: { false }) { () throws(Failure) in
            defer { if rest.count > 1 { rest.removeFirst() } }
            return rest.first ?? 0
        }
    }

    @Test("it was idle from the last change that is more than the tolerance")
    func quiet() async throws {
        #expect(try await Self.wait([0, 5]) == .milliseconds(250))
        #expect(try await Self.wait([5, 5, 5.01, 5.01, 5.01]) == .zero)
        #expect(try await Self.wait([0, 1, 2, 3, 3, 3, 3, 4, 4.01]) == .milliseconds(1750))
    }

    @Test("a collector that goes on working is not idle, and the wait ends")
    func busy() async throws {
        #expect(try await Self.wait(limit: 5, (0..<100).map(Double.init)) == nil)
    }
}
