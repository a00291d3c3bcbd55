import ClewDurablePatterns
import ClewPatterns
import GRDB
import Hummingbird
import ServiceLifecycle
import Tracing

/// The saga `checkout`: charge, reserve, ship, one after the other, and back again where one of them says no.
///
/// It runs inside the request that placed the order, and in the background when that could not wait or its process
/// ended.
struct Checkout: Sendable {
    typealias Orchestrator = SagaOrchestrator<CheckoutState>

    static let name = "checkout"
    /// For requests without a deadline.
    private static let patience = Duration.seconds(8)
    /// What is left of a request's time for the way back.
    private static let margin = Duration.milliseconds(200)

    /// Also resumes what others left.
    let orchestrator: Orchestrator
    /// Takes nothing back: for the switch `no-compensation`.
    private let careless: Orchestrator
    private let switches: Switches

    init(_ steps: CheckoutSteps, store: OrderStore, in environment: ServiceEnvironment) {
        switches = environment.switches
        func make(takesBack: Bool) -> Orchestrator {
            Orchestrator(
                Self.definition(steps, store: store, takesBack: takesBack),
                owner: environment.instanceID,
                database: store.database.writer,
                logger: environment.logger
            )
        }
        orchestrator = make(takesBack: true)
        careless = make(takesBack: false)
    }

    static func id(of order: String) -> String { "\(order)/\(name)" }

    /// Begins it with the order, in one transaction.
    func start(_ placement: OrderAggregate.Placement, in db: Database) throws {
        try orchestrator.start(Self.id(of: placement.id), state: CheckoutState(placement), in: db)
    }

    /// Drives it as long as the request may take.
    ///
    /// - Returns: `nil` where it goes on in the background.
    /// - Throws: `CancellationError` when the caller went away; the saga goes on then too.
    func run(_ order: String) async throws -> SagaOutcome<CheckoutState>? {
        let orchestrator = switches.isOn(.noCompensation) ? careless : self.orchestrator
        let remaining = ServiceContext.current?.deadline?.remaining() ?? Self.patience
        do {
            return try await withDeadline(remaining - min(Self.margin, remaining / 2)) {
                try await orchestrator.run(Self.id(of: order))
            }
        } catch let error as PatternError where error.code == .deadlineExceeded {
            return nil
        } catch is CancellationError where !Task.isCancelled {
            // The switch `crash-orchestrator`.
            return nil
        }
    }

    private static func definition(
        _ steps: CheckoutSteps,
        store: OrderStore,
        takesBack: Bool
    ) -> SagaDefinition<CheckoutState> {
        SagaDefinition(
            name: name,
            steps: [
                SagaStep("charge", execute: steps.charge, compensate: takesBack ? steps.refund : nil),
                SagaStep("reserve", execute: steps.reserve, compensate: takesBack ? steps.release : nil),
                SagaStep("ship", execute: steps.ship, compensate: takesBack ? steps.cancelShipment : nil),
            ],
            finished: { outcome, db in try store.finish(outcome, in: db) }
        )
    }
}
