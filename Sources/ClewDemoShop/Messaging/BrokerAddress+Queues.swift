import AsyncHTTPClient
import Logging

extension BrokerAddress {
    private static let retryInterval = Duration.milliseconds(200)

    /// Makes the queues of all consumers of a shop, as they do when they start: what is published from then on waits
    /// for them, however late they come.
    ///
    /// - Parameter limit: How long a broker that fails is asked again.
    /// - Throws: ``ShopError/Code/brokerFailed`` when it fails for longer.
    public func declareQueues(within limit: Duration) async throws {
        // What fails is thrown, and need not be logged too.
        let logger = Logger(label: "shop") { _ in SwiftLogNoOpLogHandler() }
        let broker = broker(for: "shop", client: .shared, logger: logger)
        let deadline = ContinuousClock.now + limit
        for subscription in Subscription.allCases {
            while try await !isDeclared(subscription, at: broker, until: deadline) {
                try await Task.sleep(for: Self.retryInterval)
            }
        }
    }

    private func isDeclared(
        _ subscription: Subscription, at broker: any MessageBroker, until deadline: ContinuousClock.Instant
    ) async throws -> Bool {
        do {
            try await broker.declare(subscription)
            return true
        } catch let error as ShopError {
            guard ContinuousClock.now < deadline else { throw error }
            return false
        }
    }
}
