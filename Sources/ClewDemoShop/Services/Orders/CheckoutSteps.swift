import ClewDurablePatterns
import ClewModel
import ClewPatterns
import Hummingbird
import Tracing

/// What the saga `checkout` asks of others, and how it takes that back.
///
/// All of it may be asked again: charges and refunds have a key, the rest is known by its order. It is the saga that
/// asks again, and not the calls: attempts in two layers multiply.
struct CheckoutSteps: Sendable {
    /// How many checkouts the switch `crash-orchestrator` ends after their charge.
    private static let crashes = 0.1

    private let payments: Upstream
    private let inventory: Upstream
    private let shipping: Upstream
    private let flags: OrderFlags
    private let switches: Switches

    init(flags: OrderFlags, in environment: ServiceEnvironment) throws {
        func callee(_ name: ServiceName) throws -> Upstream {
            var upstream = try environment.upstream(name)
            upstream.policy.retry = nil
            return upstream
        }
        payments = try callee(.payments)
        inventory = try callee(.inventory)
        shipping = try callee(.shipping)
        self.flags = flags
        switches = environment.switches
    }

    func charge(_ state: CheckoutState, _ context: SagaContext) async throws -> CheckoutState {
        context.span.attributes[SemanticConventions.orderID] = state.order
        let charge = PaymentsService.NewCharge(
            order: state.order,
            customer: state.customer,
            amountCents: state.totalCents
        )
        // Anything else that payments refuses, such as a key that is in use, is no answer of the customer's bank.
        try await refusing([400, 402, 422]) {
            _ = try await payments(of: state, context.span).post(
                "/charges", charge, idempotencyKey: context.idempotencyKey, as: PaymentsService.Charge.self)
        }
        return state
    }

    func refund(_ state: CheckoutState, _ context: SagaContext) async throws -> CheckoutState {
        context.span.attributes[SemanticConventions.orderID] = state.order
        let refund = PaymentsService.NewRefund(order: state.order)
        _ = try await payments(of: state, context.span).post(
            "/refunds", refund, idempotencyKey: context.idempotencyKey, as: PaymentsService.Refund.self)
        return state
    }

    func reserve(_ state: CheckoutState, _ context: SagaContext) async throws -> CheckoutState {
        context.span.attributes[SemanticConventions.orderID] = state.order
        if switches.isOn(.crashOrchestrator), Double.random(in: 0..<1) < Self.crashes { throw CancellationError() }
        let reservation = InventoryService.NewReservation(order: state.order, lines: state.lines)
        var state = state
        state.items = try await refusing(400..<500) {
            try await inventory.post(
                "/reservations", reservation, idempotencyKey: context.idempotencyKey,
                as: InventoryService.Reservation.self
            ).items
        }
        return state
    }

    func release(_ state: CheckoutState, _ context: SagaContext) async throws -> CheckoutState {
        context.span.attributes[SemanticConventions.orderID] = state.order
        let release = InventoryService.NewRelease(order: state.order)
        _ = try await inventory.post(
            "/releases", release, idempotencyKey: context.idempotencyKey, as: InventoryService.Reservation.self)
        return state
    }

    func ship(_ state: CheckoutState, _ context: SagaContext) async throws -> CheckoutState {
        context.span.attributes[SemanticConventions.orderID] = state.order
        let items = state.items ?? state.lines.reduce(0) { $0 + $1.quantity }
        let shipment = ShippingService.NewShipment(order: state.order, items: items)
        try await refusing(400..<500) {
            _ = try await ServiceContext.withValue(shippingContext) {
                try await shipping.post(
                    "/shipments", shipment, idempotencyKey: context.idempotencyKey, as: ShippingService.Shipment.self)
            }
        }
        return state
    }

    func cancelShipment(_ state: CheckoutState, _ context: SagaContext) async throws -> CheckoutState {
        context.span.attributes[SemanticConventions.orderID] = state.order
        let cancellation = ShippingService.NewCancellation(order: state.order)
        _ = try await shipping.post(
            "/cancellations", cancellation, idempotencyKey: context.idempotencyKey,
            as: ShippingService.Cancellation.self)
        return state
    }

    private func payments(of state: CheckoutState, _ span: any Tracing.Span) -> Upstream {
        var chosen = payments
        chosen.preference = flags.payments(of: state.order, span: span)
        return chosen
    }

    private var shippingContext: ServiceContext {
        let context = ServiceContext.current ?? .topLevel
        if switches.isOn(.lostContext) { return context.withoutTrace }
        return switches.isOn(.lostCorrelation) ? context.withoutCorrelationID : context
    }

    /// Tells a "no" from a failure, of which only the latter may be asked again.
    ///
    /// 408 and 429 are failures: the same request may succeed later.
    private func refusing<Value>(
        _ statuses: some Sequence<Int>,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as HTTPError where statuses.contains(error.status.code) {
            guard ![408, 429].contains(error.status.code) else { throw error }
            throw SagaRefusal(OrderRefusal(error).description)
        }
    }
}
