import Clew
import ClewModel
import ClewPatterns
import GRDB
import Logging
import ServiceLifecycle
import Tracing

/// Handles the messages of a queue: receives, makes the span, calls the handler, and acknowledges.
///
/// A message whose handler throws is delivered again after a growing wait, five times in all. The waits are longer
/// where the handler's database cannot be written, which is no fault of the message. One that no delivery can help is a
/// dead letter at once: the handler says so by a `DecodingError`, or by a ``ShopError`` with the code `refusedMessage`
/// for a version that it does not know. Handlers see a message again now and then: give them an inbox.
struct Consumer: Service {
    private enum Handler: Sendable {
        case each(@Sendable (Delivery, any Tracing.Span) async throws -> Void)
        case batch(@Sendable ([Delivery], any Tracing.Span) async throws -> Void)
    }

    /// A stop waits for the receiver that waits for messages.
    private static let wait = Duration.seconds(1)
    /// Shorter than the lease, so that two processes do not work on one message.
    private static let handlingTime = Duration.seconds(10)
    private static let backoff = {
        var backoff = Backoff()
        backoff.base = .milliseconds(200)
        backoff.cap = .seconds(5)
        return backoff
    }()

    /// Five deliveries outlast half a minute at least of a full disk.
    private static let patientBackoff = {
        var backoff = Backoff()
        backoff.base = .seconds(5)
        backoff.cap = .seconds(60)
        return backoff
    }()

    let subscription: Subscription
    private let concurrency: Int
    private let batch: Int
    private let handler: Handler
    private let broker: any MessageBroker
    private let system: String
    private let logger: Logger

    /// One span for each message, a root with a link to the producer's.
    ///
    /// - Parameters:
    ///   - concurrency: Messages in work at once; those of one key are never.
    ///   - batch: Messages that are received for one of these, to be handled one after the other.
    init(
        _ subscription: Subscription, environment: ServiceEnvironment, concurrency: Int = 4, batch: Int = 1,
        handle: @escaping @Sendable (Delivery, any Tracing.Span) async throws -> Void
    ) {
        self.init(subscription, environment, concurrency, batch, .each(handle))
    }

    /// One span for several messages, with a link to each producer's; they are acknowledged and rejected together.
    ///
    /// - Parameter size: Of a batch at most; it does not wait to be full.
    init(
        batchesOf subscription: Subscription, environment: ServiceEnvironment, size: Int,
        handle: @escaping @Sendable ([Delivery], any Tracing.Span) async throws -> Void
    ) {
        self.init(subscription, environment, 1, size, .batch(handle))
    }

    private init(
        _ subscription: Subscription, _ environment: ServiceEnvironment, _ concurrency: Int, _ batch: Int,
        _ handler: Handler
    ) {
        self.subscription = subscription
        self.concurrency = max(1, concurrency)
        self.batch = max(1, batch)
        self.handler = handler
        broker = environment.broker
        system = environment.messagingSystem
        logger = environment.logger
    }

    /// Until graceful shutdown, which lets what is in work end, or cancellation.
    func run() async throws {
        let declared: Void? = await untilDone("declare") { try await broker.declare(subscription) }
        guard declared != nil else { return }
        await withTaskGroup(of: Void.self) { group in
            var inWork = 0
            while goesOn {
                if inWork >= concurrency {
                    await group.next()
                    inWork -= 1
                }
                let limit = (concurrency - inWork) * batch
                let received = await untilDone("receive") {
                    try await broker.receive(queue, limit: limit, wait: Self.wait)
                }
                for chunk in (received ?? []).chunks(of: batch) {
                    inWork += 1
                    group.addTask { await process(chunk) }
                }
            }
        }
    }

    private var queue: String { subscription.queue }

    private var goesOn: Bool { !Task.isCancelled && !Task.isShuttingDownGracefully }

    /// Asks the broker until it answers; `nil` at the end.
    private func untilDone<Value: Sendable>(
        _ what: String, _ body: () async throws -> Value
    ) async -> Value? {
        var failures = 0
        while goesOn {
            do {
                return try await body()
            } catch {
                failures += 1
                // One line for an outage, not one for each attempt.
                if failures == 1, !(error is CancellationError) {
                    logger.warning(
                        "the broker fails", metadata: ["queue": "\(queue)", "call": "\(what)", "reason": "\(error)"])
                }
                try? await Task.sleep(for: Self.backoff.delay(beforeRetry: failures, random: .random(in: 0.5..<1)))
            }
        }
        return nil
    }

    private func process(_ deliveries: [Delivery]) async {
        switch handler {
        case .each(let handle):
            for delivery in deliveries { await process(delivery, handle) }
        case .batch(let handle):
            await settle(deliveries) {
                try await withConsumerSpan(
                    from: destination(of: deliveries), system: system, batch: deliveries.map(\.message.headers),
                    using: .dictionary
                ) { span in
                    span.describe { $0[SemanticConventions.messagingConsumerGroupName] = queue }
                    try await limited(deliveries) { try await handle(deliveries, span) }
                }
            }
        }
    }

    /// The topic that a batch came from, or the queue where there were several.
    private func destination(of deliveries: [Delivery]) -> String {
        let topics = Set(deliveries.map(\.topic))
        return topics.count == 1 ? topics.first ?? queue : queue
    }

    private func process(
        _ delivery: Delivery, _ handle: @Sendable (Delivery, any Tracing.Span) async throws -> Void
    ) async {
        let message = delivery.message
        await settle([delivery]) {
            try await withConsumerSpan(
                from: delivery.topic, system: system, messageID: message.id, headers: message.headers,
                using: .dictionary
            ) { span in
                span.describe { attributes in
                    attributes[SemanticConventions.messagingConsumerGroupName] = queue
                    attributes[SemanticConventions.messageType] = message.type
                    attributes[SemanticConventions.messageSchemaVersion] = message.schemaVersion
                    attributes[SemanticConventions.messageDelivery] = delivery.attempt
                }
                try await limited([delivery]) { try await handle(delivery, span) }
            }
        }
    }

    /// Gives calls of the handler a deadline, and logs its failure while its span is current.
    private func limited(_ deliveries: [Delivery], _ body: () async throws -> Void) async throws {
        var context = ServiceContext.current ?? .topLevel
        context.deadline = Deadline(after: Self.handlingTime)
        try await ServiceContext.withValue(context) {
            do {
                try await body()
            } catch {
                let messages = deliveries.prefix(5).map(\.message.id).joined(separator: " ")
                logger.log(
                    level: error.isPoison ? .error : .warning, "a message was not handled",
                    metadata: ["queue": "\(queue)", "message": "\(messages)", "reason": "\(error)"])
                throw error
            }
        }
    }

    /// What cannot be told to the broker needs no care: its lease runs out.
    private func settle(_ deliveries: [Delivery], _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            for delivery in deliveries { try? await refuse(delivery, error) }
            return
        }
        do {
            try await broker.acknowledge(deliveries)
        } catch {
            logger.debug("an acknowledgement failed", metadata: ["queue": "\(queue)", "reason": "\(error)"])
        }
    }

    private func refuse(_ delivery: Delivery, _ error: any Error) async throws {
        guard !error.isPoison else { return try await broker.deadLetter(delivery, reason: "\(error)") }
        let isPassing = (error as? DatabaseError)?.isPassing ?? false
        let backoff = isPassing ? Self.patientBackoff : Self.backoff
        let delay = backoff.delay(beforeRetry: delivery.attempt, random: .random(in: 0.5..<1))
        try await broker.reject(delivery, after: delay)
    }
}

extension Error {
    /// Whether a message that a handler threw this for is the same at each delivery.
    fileprivate var isPoison: Bool { self is DecodingError || (self as? ShopError)?.code == .refusedMessage }
}

extension Array {
    /// Its elements in groups of a size, the last of which may be smaller.
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
