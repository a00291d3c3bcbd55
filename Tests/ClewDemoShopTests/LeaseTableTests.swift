import Testing

@testable import ClewDemoShop

@Suite("What a receiver of RabbitMQ holds")
struct LeaseTableTests {
    private let start = ContinuousClock.now
    private var later: ContinuousClock.Instant { start + .seconds(15) }

    @Test("never two messages of one key are in work, and they come in their order")
    func keys() {
        var table = table(["a1", "a2", "b1"])
        #expect(take(&table) == ["a1", "b1"])
        #expect(take(&table) == [])
        #expect(end(&table, 1))
        #expect(take(&table) == ["a2"])
    }

    @Test("a limit leaves the others for the next taker")
    func limit() {
        var table = table(["a1", "b1", "c1"])
        #expect(take(&table, limit: 2) == ["a1", "b1"])
        #expect(take(&table) == ["c1"])
    }

    @Test("a rejected message holds its key until it came again, and comes before the others of it")
    func rest() {
        var table = table(["a1", "a2"])
        #expect(take(&table) == ["a1"])
        table.rest(1, until: start + .seconds(1))
        #expect(due(&table, start) == [])
        #expect(due(&table, start + .seconds(1)) == [LeaseTable.Return(tag: 1, comesAgain: true)])
        #expect(take(&table) == [])
        table.add(entry("a1", tag: 9, attempt: 2))
        #expect(take(&table) == ["a1"])
        #expect(!end(&table, 1))
        #expect(end(&table, 9))
        #expect(take(&table) == ["a2"])
    }

    @Test("a message that does not come again stops its key for a while only")
    func lost() {
        var table = table(["a1", "a2"])
        #expect(take(&table) == ["a1"])
        table.rest(1, until: start)
        #expect(due(&table, start).count == 1)
        #expect(due(&table, start + .seconds(14)).isEmpty)
        #expect(take(&table) == [])
        #expect(due(&table, start + .seconds(15)).isEmpty)
        #expect(take(&table) == ["a2"])
    }

    @Test("a lease that runs out is given back, for the last time to come no more", arguments: [4, 5])
    func expiry(attempt: Int) {
        var table = LeaseTable()
        table.add(entry("a1", tag: 1, attempt: attempt))
        #expect(take(&table) == ["a1"])
        #expect(due(&table, later) == [LeaseTable.Return(tag: 1, comesAgain: attempt < 5)])
        #expect(!end(&table, 1))
        #expect(due(&table, later) == [])
    }

    private func table(_ ids: [String]) -> LeaseTable {
        var table = LeaseTable()
        for (index, id) in ids.enumerated() { table.add(entry(id, tag: UInt64(index + 1))) }
        return table
    }

    /// The id's first letter is the key.
    private func entry(_ id: String, tag: UInt64, attempt: Int = 1) -> LeaseTable.Entry {
        let message = BrokerMessage(
            id: id, type: "Test", schemaVersion: 1, key: String(id.prefix(1)), payload: "{}", headers: [:])
        return LeaseTable.Entry(tag: tag, topic: "orders", attempt: attempt, message: message)
    }

    private func take(_ table: inout LeaseTable, limit: Int = 10) -> [String] {
        table.take(limit: limit, until: later).map(\.message.id)
    }

    private func end(_ table: inout LeaseTable, _ tag: UInt64) -> Bool { table.end(tag) }

    private func due(_ table: inout LeaseTable, _ now: ContinuousClock.Instant) -> [LeaseTable.Return] {
        table.due(at: now, mostDeliveries: 5)
    }
}
