import Testing

@testable import ClewDemoShop

@Suite("The load")
struct LoadTests {
    @Test("requests are due at an even rate")
    func rate() {
        let schedule = LoadSchedule(rate: 20, duration: .seconds(3), seed: 1)
        let dues = schedule.map(\.due)
        #expect(dues.count == 60)
        #expect(dues.first == .zero)
        #expect(dues[20] == .seconds(1))
    }

    @Test("seven of ten requests are checkouts")
    func mix() {
        let schedule = LoadSchedule(rate: 1000, duration: .seconds(10), seed: 2)
        let checkouts = schedule.count { if case .checkout = $0.kind { true } else { false } }
        #expect((6800...7200).contains(checkouts))
    }

    @Test("the same seed gives the same requests, another seed others")
    func seed() {
        func plan(_ seed: UInt64) -> [PlannedRequest] {
            Array(LoadSchedule(rate: 50, duration: .seconds(1), seed: seed))
        }
        #expect(plan(3) == plan(3))
        #expect(plan(3) != plan(4))
    }

    @Test("a summary counts answers and failures, and takes quantiles by nearest rank")
    func summary() {
        var summary = LoadSummary()
        for milliseconds in 1...100 { summary.add(status: 201, duration: .milliseconds(milliseconds)) }
        #expect(summary.quantiles([0.5, 0.95, 1]).map { ($0 * 1000).rounded() } == [50, 95, 100])
        summary.add(status: 502, duration: .zero)
        summary.add(failure: "refused", duration: .zero)
        #expect(summary.count == 102)
        #expect(summary.errors == 2)
        #expect(summary.description.hasPrefix("102 requests: 201 ×100, 502 ×1, refused ×1; p50 "))
    }

    @Test("an empty summary has no durations")
    func empty() {
        #expect(LoadSummary().quantiles([0.5]) == [0])
    }
}
