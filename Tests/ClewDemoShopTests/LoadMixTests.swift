import Testing

@testable import ClewDemoShop

@Suite("The mix of a load")
struct LoadMixTests {
    @Test("each number stands for one kind, as many as it has parts")
    func numbers() {
        let mix = LoadMix([.checkout: 2, .mobileHome: 1, .order: 3])
        let requests = (0..<mix.total).map { mix.request($0) }
        #expect(requests == [.checkout, .checkout, .order, .order, .order, .mobileHome])
        #expect(mix.share(of: .order) == 0.5)
        #expect(mix.share(of: .history) == 0)
    }

    @Test("a mix of nothing is of checkouts, and no number of parts overflows")
    func bounds() {
        #expect(LoadMix([:]).request(0) == .checkout)
        #expect(LoadMix([.history: -1]).total == 1)
        #expect(LoadMix([.history: .max, .order: .max]).total == 2_000_000)
    }

    @Test("a load has nothing that its mix does not have")
    func schedule() {
        let schedule = LoadSchedule(rate: 100, duration: .seconds(2), mix: LoadMix([.mobileHome: 1]), seed: 1)
        #expect(schedule.allSatisfy { $0.kind == .mobileHome })
    }
}
