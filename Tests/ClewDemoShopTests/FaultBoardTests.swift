import Testing

@testable import ClewDemoShop

@Suite("The dice of faults")
struct FaultBoardTests {
    @Test("a fault meets its share of the requests at its hop, and none at another")
    func share() {
        let board = FaultBoard([Fault(hop: .work(.orders), effect: .error, share: 0.2)], seed: 7)
        let met = (0..<10_000).count { _ in board.draw(.work(.orders)) != nil }
        #expect((1800...2200).contains(met))
        #expect(board.draw(.database(.orders)) == nil)
    }

    @Test("without a share every request is met")
    func certain() {
        let board = FaultBoard([Fault(hop: .work(.orders), effect: .error)], seed: 1)
        #expect((0..<1000).allSatisfy { _ in board.draw(.work(.orders)) == .error })
    }

    @Test("the same seed meets the same requests")
    func seed() {
        func draws() -> [Bool] {
            let board = FaultBoard([Fault(hop: .work(.orders), effect: .error, share: 0.5)], seed: 42)
            return (0..<64).map { _ in board.draw(.work(.orders)) != nil }
        }
        #expect(draws() == draws())
    }

    @Test("a new set replaces the old one")
    func replace() {
        let board = FaultBoard([Fault(hop: .work(.orders), effect: .error)])
        board.replace(with: [Fault(hop: .work(.catalog), effect: .delay(.seconds(1)))])
        #expect(board.draw(.work(.orders)) == nil)
        #expect(board.draw(.work(.catalog)) == .delay(.seconds(1)))
    }

    @Test("a request with several queries meets its database fault once")
    func once() {
        let request = RequestFaults(database: .error)
        #expect(request.takeDatabaseFault() == .error)
        #expect(request.takeDatabaseFault() == nil)
    }
}
