import GRDB
import Synchronization
import Testing

@testable import ClewDemoShop

/// Delivers one message, and tells for how long it is to rest when it is given back.
private final class RestingBroker: MessageBroker {
    private let waiting: Mutex<[Delivery]>
    private let rests = AsyncStream<Duration>.makeStream()
    private let nothing = AsyncStream<Never>.makeStream()

    init() {
        let message = BrokerMessage(
            id: "m-1", type: "OrderPlaced", schemaVersion: 1, key: "o-1", payload: "{}", headers: [:])
        waiting = Mutex([Delivery(message: message, queue: "notifications", topic: "orders", attempt: 1, receipt: "1")])
    }

    func rest() async -> Duration? {
        for await rest in rests.stream { return rest }
        return nil
    }

    func declare(queue: String, topics: [String]) async throws {}
    func publish(_ message: BrokerMessage, to topic: String) async throws {}

    func receive(_ queue: String, limit: Int, wait: Duration) async throws -> [Delivery] {
        let found = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        // Until the consumer is cancelled.
        if found.isEmpty { for await _ in nothing.stream {} }
        return found
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {}
    func reject(_ delivery: Delivery, after delay: Duration) async throws { rests.continuation.yield(delay) }
    func deadLetter(_ delivery: Delivery, reason: String) async throws { rests.continuation.finish() }
}

@Suite("A consumer")
struct ConsumerTests {
    /// How long a message rests whose handler fails so; `nil` for a dead letter.
    private func rest(after error: any Error) async throws -> Duration? {
        try await ServiceUnderTest.run(.notifications) { service in
            let broker = RestingBroker()
            var environment = service.environment
            environment.broker = broker
            let consumer = Consumer(.notifications, environment: environment) { _, _ in throw error }
            let run = Task { try await consumer.run() }
            let rest = await broker.rest()
            run.cancel()
            try await run.value
            return rest
        }
    }

    @Test("lets a message rest for seconds where its database cannot be written, so that none is given up for that")
    func patience() async throws {
        let failed = try #require(try await rest(after: ShopError(.injected, "no answer")))
        #expect(failed < .milliseconds(200))
        for code in [ResultCode.SQLITE_FULL, .SQLITE_BUSY] {
            let patient = try #require(try await rest(after: DatabaseError(resultCode: code)))
            #expect(patient >= .milliseconds(2_500))
        }
        #expect(try await rest(after: ShopError(.refusedMessage, "version 9 is unknown")) == nil)
    }
}
