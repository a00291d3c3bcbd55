import Clew
import Logging
import ServiceLifecycle
import Tracing
import UnixSignals

@main
struct Worker {
    static func main() async throws {
        let telemetry = try Telemetry(service: "mailer")
        telemetry.bootstrap()

        let (orders, queue) = AsyncStream<[Message]>.makeStream()
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: telemetry),
                    .init(service: Mailer(orders: orders), successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: Shop(queue: queue), successTerminationBehavior: .ignore),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "mailer")
            )
        )
        try await group.run()
    }
}

/// What a broker carries: a text, and headers beside it.
struct Message: Sendable {
    var text: String
    var headers: [String: String]
}

/// Stands for the service that sends: each order is a trace, which ends where its message is in the queue.
struct Shop: Service {
    let queue: AsyncStream<[Message]>.Continuation

    func run() async throws {
        defer { queue.finish() }
        var batch: [Message] = []
        for number in 1...10 {
            let message = await withSpan("place order") { _ in
                await withProducerSpan(to: "orders", system: "in_memory", headers: [:], using: .dictionary) {
                    headers, _ in
                    Message(text: "order \(number)", headers: headers)
                }
            }
            batch.append(message)
            guard batch.count == 5 else { continue }
            queue.yield(batch)
            batch = []
        }
    }
}

/// Works on whole batches: one span for each, with a link to every order in it.
struct Mailer: Service {
    let orders: AsyncStream<[Message]>

    func run() async throws {
        let logger = Logger(label: "mailer")
        for await batch in orders.cancelOnGracefulShutdown() {
            let headers = batch.map(\.headers)
            await withConsumerSpan(from: "orders", system: "in_memory", batch: headers, using: .dictionary) { _ in
                for message in batch { logger.info("mail sent", metadata: ["about": "\(message.text)"]) }
            }
        }
    }
}
