import ClewPatterns
import Hummingbird
import Logging
import NIOCore
import Tracing

/// What is being rolled out in orders, by order: new payments, and the new form of an event.
struct OrderFlags: Sendable {
    private static let payments = "payments-v2"
    private static let orderPlaced = "order-placed-v2"
    private static let canaryVersion = "2.0.0"
    /// Bytes; a flag has a line, or some for its ids.
    private static let largestBody = 1 << 16

    private let flags = FeatureFlags()

    /// A tenth of the orders is charged by the canary of payments. Half of them are announced in version 2: as long as
    /// a rollout takes, both versions live together.
    init() throws {
        try flags.set(FeatureFlag(key: Self.payments, isOn: true, percentage: 10))
        try flags.set(FeatureFlag(key: Self.orderPlaced, isOn: true, percentage: 50))
    }

    /// The instances of payments that charge an order.
    func payments(of order: String, span: (any Tracing.Span)? = nil) -> Upstream.Preference {
        flags.isOn(Self.payments, for: order, span: span)
            ? .version(Self.canaryVersion) : .notVersion(Self.canaryVersion)
    }

    /// The version in which ``OrderPlaced`` is written.
    func placedVersion(of order: String) -> Int {
        flags.isOn(Self.orderPlaced, for: order) ? 2 : 1
    }

    /// `GET /admin/flags`, and `POST /admin/flags` with a list as `FeatureFlags.load(json:)` reads it.
    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/admin/flags") { request, context in
            try context.responseEncoder.encode(flags.all, from: request, context: context)
        }
        router.post("/admin/flags") { request, context in
            let body = try await request.body.collect(upTo: Self.largestBody)
            do throws(FeatureFlagError) {
                try flags.load(json: body.readableBytesView)
            } catch {
                throw HTTPError(.badRequest, message: "\(error)")
            }
            context.logger.info("flags replaced", metadata: ["flags": "\(flags.all.map(\.key))"])
            return try context.responseEncoder.encode(flags.all, from: request, context: context)
        }
    }
}
