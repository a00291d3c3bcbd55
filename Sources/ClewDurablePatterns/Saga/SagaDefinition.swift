public import ClewPatterns
public import GRDB

/// The steps of a saga, and how patiently they are tried.
///
/// ```swift
/// let checkout = SagaDefinition<Checkout>(name: "checkout", steps: [
///     SagaStep("reserve", execute: reserve, compensate: release),
///     SagaStep("charge", execute: charge, compensate: refund),
///     SagaStep("ship", execute: ship),
/// ]) { outcome, db in
///     try orders.set(outcome.sagaID, to: outcome.ending, in: db)
/// }
/// ```
///
/// Stored sagas refer to their steps by number and name: where steps come, go or change places, give the definition a
/// new name, and keep the old one until its sagas have ended.
public struct SagaDefinition<State: Codable & Sendable>: Sendable {
    /// Of few different values, as it names spans.
    public let name: String
    public let steps: [SagaStep<State>]
    let retry: RetrySettings
    let compensationRetry: RetrySettings
    let timeToLive: Duration?
    let retention: Duration
    let finished: (@Sendable (SagaOutcome<State>, Database) throws -> Void)?

    /// - Parameters:
    ///   - name: What the saga does, for example `checkout`.
    ///   - steps: In the order of their execution.
    ///   - retry: Of `execute`; three attempts by default. Interrupted attempts count, so that a step that ends the
    ///     process is not called for ever.
    ///   - compensationRetry: Of `compensate`; ``ClewPatterns/RetrySettings/sagaCompensation`` by default.
    ///   - timeToLive: From the start; when it is over, no attempt at a step begins, and what was done is compensated.
    ///     By default sagas have no end of time. It ends no attempt: a step limits its own calls.
    ///   - retention: How long a saga that was completed or compensated is known after its end; default 30 days. Each
    ///     end deletes a few that are older, whose ids are unknown from then on. Parked ones stay.
    ///   - finished: Called in the transaction that records the end: set the order's state, append to the outbox. Where
    ///     it throws, the end is not recorded, and comes again when the claim has run out. A saga that was parked and
    ///     unparked ends twice.
    public init(
        name: String, steps: [SagaStep<State>], retry: RetrySettings = RetrySettings(),
        compensationRetry: RetrySettings = .sagaCompensation, timeToLive: Duration? = nil,
        retention: Duration = .seconds(30 * 86_400),
        finished: (@Sendable (SagaOutcome<State>, Database) throws -> Void)? = nil
    ) {
        self.name = name
        self.steps = steps
        self.retry = retry
        self.compensationRetry = compensationRetry
        self.timeToLive = timeToLive
        self.retention = max(.zero, retention)
        self.finished = finished
    }

    var plan: SagaMachine.Plan {
        SagaMachine.Plan(
            compensable: steps.map { $0.compensate != nil }, executions: retry.maximumAttempts,
            compensations: compensationRetry.maximumAttempts)
    }

    /// The name of the step at a position; empty where none has its turn.
    func stepName(_ position: SagaMachine.Position) -> String {
        steps.indices.contains(position.step) ? steps[position.step].name : ""
    }

    /// - Throws: ``DurableError`` with ``DurableError/Code/malformed`` where two steps have one name.
    func validate() throws {
        var names: Set<String> = []
        for step in steps where !names.insert(step.name).inserted {
            throw DurableError(
                .malformed, "the saga '\(name)' has two steps '\(step.name)': give each a name of its own")
        }
    }
}

extension RetrySettings {
    /// Ten attempts, after waits of a random share of 100 ms, 200 ms and so on to 10 s: at most 33 s in all.
    ///
    /// More patient than steps, because after a compensation there is nothing but a human.
    public static var sagaCompensation: RetrySettings {
        var settings = RetrySettings()
        settings.maximumAttempts = 10
        settings.backoff.base = .milliseconds(100)
        settings.backoff.cap = .seconds(10)
        return settings
    }
}
