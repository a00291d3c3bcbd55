import Clew
import ClewModel
import Foundation
import GRDB

/// The shop's broker: topics and queues in one SQLite file, at least once.
///
/// What it took in survives the end of its process at any moment. To survive the end of its machine it would have to
/// wait for the disk at each message. On purpose it forgets an acknowledgement now and then, as networks lose them: the
/// message comes again, and only a consumer with an inbox does not notice.
final class BrokerStore: MessageBroker {
    /// How long a receiver has to acknowledge what it got.
    static let lease = Duration.seconds(15)
    /// After so many deliveries a message is a dead letter.
    static let mostDeliveries = 5
    static let mostReceived = 100
    static let longestWait = Duration.seconds(20)
    /// Messages that wait in one queue; a publisher has to keep what is beyond.
    static let largestQueue = 100_000
    /// How soon a message comes again whose acknowledgement got lost.
    static let lostAcknowledgementDelay = Duration.milliseconds(200)
    /// Deliveries become visible by time alone too, which rings no bell.
    private static let lookInterval = Duration.milliseconds(250)

    private let tables: BrokerTables
    private let bells = Doorbells()
    private let clock: TelemetryClock
    private let losesAcknowledgement: @Sendable () -> Bool

    /// - Parameters:
    ///   - file: Made when it is not there.
    ///   - losesAcknowledgement: Asked for each first delivery that is acknowledged; never by default.
    init(
        file: URL, clock: TelemetryClock = .system, losesAcknowledgement: @escaping @Sendable () -> Bool = { false }
    ) throws {
        var migrator = DatabaseMigrator()
        BrokerTables.migrate(&migrator)
        tables = BrokerTables(writer: try ShopDatabase(file: file, migrator: migrator).writer)
        self.clock = clock
        self.losesAcknowledgement = losesAcknowledgement
    }

    func declare(queue: String, topics: [String]) async throws {
        try Self.check(names: [queue] + topics)
        try await tables.declare(queue: queue, topics: Set(topics))
    }

    func publish(_ message: BrokerMessage, to topic: String) async throws {
        try Self.check(names: [topic])
        bells.ring(at: try await tables.publish(message, to: topic))
    }

    func receive(_ queue: String, limit: Int, wait: Duration) async throws -> [Delivery] {
        let limit = min(max(1, limit), Self.mostReceived)
        let (end, _) = clock.monotonic().addingReportingOverflow(
            UInt64(clamping: min(max(.zero, wait), Self.longestWait).nanoseconds))
        while true {
            let rings = bells.listen(at: queue)
            let found = try await tables.take(from: queue, limit: limit, now: now, leaseEnd: now(after: Self.lease))
            let current = clock.monotonic()
            guard found.isEmpty, current < end else { return found }
            await pause(rings, atMost: min(Self.lookInterval, .nanoseconds(Int64(clamping: end - current))))
            try Task.checkCancellation()
        }
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {
        let lost = deliveries.filter { $0.attempt == 1 && losesAcknowledgement() }.map(\.receipt)
        let done = deliveries.map(\.receipt).filter { !lost.contains($0) }
        try await tables.acknowledge(done)
        for receipt in lost { try await tables.release(receipt, at: now(after: Self.lostAcknowledgementDelay)) }
        bells.ring(at: Set(deliveries.map(\.queue)))
    }

    func reject(_ delivery: Delivery, after delay: Duration) async throws {
        guard delivery.attempt < Self.mostDeliveries else {
            return try await deadLetter(delivery, reason: "it was rejected \(delivery.attempt) times")
        }
        try await tables.release(delivery.receipt, at: now(after: delay))
        bells.ring(at: [delivery.queue])
    }

    func deadLetter(_ delivery: Delivery, reason: String) async throws {
        try await tables.bury(receipt: delivery.receipt, reason: String(reason.prefix(1000)))
        bells.ring(at: [delivery.queue])
    }

    /// The newest dead letters, the latest first.
    func deadLetters(limit: Int) async throws -> [DeadLetter] { try await tables.deadLetters(limit: limit) }

    /// How many messages wait in each queue, those under way included.
    func depths() async throws -> [String: Int] { try await tables.depths() }

    private var now: Int64 { Int64(clamping: clock.wall()) }

    private func now(after delay: Duration) -> Int64 {
        let (sum, overflowed) = now.addingReportingOverflow(max(.zero, delay).nanoseconds)
        return overflowed ? .max : sum
    }

    private func pause(_ rings: AsyncStream<Void>, atMost limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in rings { return } }
            group.addTask { [clock] in try? await clock.sleep(limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private static func check(names: [String]) throws {
        for name in names where !(1...100).contains(name.utf8.count) {
            throw ShopError(.brokerFailed, "'\(name.prefix(20))' is no name of a queue or topic: it has 1 to 100 bytes")
        }
    }
}
