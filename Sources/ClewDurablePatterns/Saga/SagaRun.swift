import Clew
import ClewModel
import ClewPatterns
import GRDB
import Tracing

/// One saga on its way to an end: takes from its state machine what is to be done, does it, and stores what came of it
/// before anything else is done.
struct SagaRun<State: Codable & Sendable>: Sendable {
    let id: String
    let claim: Int64
    private let orchestrator: SagaOrchestrator<State>
    private let startedAt: Int64
    private let context: StoredContext
    private var machine: SagaMachine
    private var state: State

    /// - Throws: ``DurableError`` with ``DurableError/Code/malformed`` where the definition is not the one that stored
    ///   it.
    init(_ orchestrator: SagaOrchestrator<State>, _ record: SagaStore.Record) throws {
        let definition = orchestrator.definition
        guard let machine = SagaMachine(definition.plan, at: record.position),
            definition.stepName(record.position) == record.stepName
        else {
            throw DurableError(
                .malformed,
                "the saga '\(definition.name)' \(record.id) stands at step \(record.position.step), "
                    + "'\(record.stepName)', which its definition does not have there: give a changed one a new name")
        }
        state = try StoredJSON.value(from: record.state, of: "the state of the saga '\(definition.name)' \(record.id)")
        self.machine = machine
        self.orchestrator = orchestrator
        id = record.id
        claim = record.claim
        startedAt = record.startedAt
        context = record.context
    }

    /// How it ended; `nil` while it runs.
    var outcome: SagaOutcome<State>? {
        guard case .ended(let ending) = machine.next else { return nil }
        return SagaOutcome(sagaID: id, ending: ending, state: state, reason: machine.reason)
    }

    /// - Returns: Whether it was parked.
    mutating func unpark() -> Bool { machine.unpark() }

    /// As it is to be stored now.
    func record(at now: Int64) throws -> SagaStore.Record {
        let definition = orchestrator.definition
        return SagaStore.Record(
            id: id, state: try StoredJSON.text(state, of: "the state of the saga '\(definition.name)' \(id)"),
            position: machine.position, stepName: definition.stepName(machine.position), context: context,
            startedAt: startedAt, updatedAt: now, claim: claim)
    }

    /// Runs to the end.
    ///
    /// - Throws: `CancellationError`, ``DurableError`` with ``DurableError/Code/lostClaim``, database errors, and what
    ///   the definition's `finished` throws.
    mutating func drive() async throws -> SagaOutcome<State> {
        try await proceed()
        while case .call(let action, let step, let attempt) = machine.next {
            try await call(action, orchestrator.definition.steps[step], attempt)
            try await proceed()
        }
        return try await end()
    }

    /// Stores what came of the last call, and that the next begins: one commit for both.
    private mutating func proceed() async throws {
        // The next call of a cancelled task does not begin.
        if !Task.isCancelled { machine.begin(isExpired: isExpired) }
        try await save()
        try Task.checkCancellation()
    }

    private var isExpired: Bool {
        guard let timeToLive = orchestrator.definition.timeToLive else { return false }
        return orchestrator.clock.storedTime >= startedAt.adding(timeToLive)
    }

    /// Makes one attempt, and waits where it is to be repeated.
    private mutating func call(
        _ action: SagaMachine.Action, _ step: SagaStep<State>, _ attempt: Int
    ) async throws {
        var failure: (any Error)?
        do {
            state = try await perform(action, step, attempt)
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch {
            failure = error
        }
        guard let repetition = machine.report(Self.outcome(of: failure)) else { return }
        try await save()
        try await wait(for: repetition, of: action, after: failure)
    }

    private func perform(
        _ action: SagaMachine.Action, _ step: SagaStep<State>, _ attempt: Int
    ) async throws -> State {
        guard let body = step.body(of: action) else { return state }
        let span = startSpan(action, step, attempt)
        defer { span.end() }
        let context = SagaContext(
            sagaID: id, step: step.name, attempt: attempt, span: span, isCompensation: action == .compensate)
        do {
            return try await ServiceContext.withValue(span.context) { try await body(state, context) }
        } catch {
            // Clients have their own errors for a cancelled task; a refusal is an answer all the same.
            let failure: any Error = Task.isCancelled && !(error is SagaRefusal) ? CancellationError() : error
            span.recordFailure(failure)
            throw failure
        }
    }

    private func startSpan(
        _ action: SagaMachine.Action, _ step: SagaStep<State>, _ attempt: Int
    ) -> any Tracing.Span {
        let span = orchestrator.backend.tracer.startSpan(
            "\(action.rawValue) \(step.name)", context: .current ?? .topLevel, ofKind: .internal)
        span.describe { attributes in
            attributes[SemanticConventions.sagaName] = orchestrator.definition.name
            attributes[SemanticConventions.sagaID] = id
            attributes[SemanticConventions.sagaStep] = step.name
            attributes[SemanticConventions.sagaAction] = action.rawValue
            attributes[SemanticConventions.sagaAttempt] = attempt
        }
        return span
    }

    private static func outcome(of failure: (any Error)?) -> SagaMachine.Outcome {
        switch failure {
        case nil: .succeeded
        case let refusal as SagaRefusal: .refused(text(refusal.reason))
        case let error?: .failed(text("\(error)"))
        }
    }

    /// Errors may hold whole answers.
    private static func text(_ reason: String) -> String { String(reason.prefix(1000)) }

    private func wait(for repetition: Int, of action: SagaMachine.Action, after failure: (any Error)?) async throws {
        let definition = orchestrator.definition
        let settings = action == .execute ? definition.retry : definition.compensationRetry
        let asked = (failure as? PatternError)?.retryAfter ?? (failure as? DurableError)?.retryAfter ?? .zero
        let delay =
            max(.zero, min(asked, settings.maximumRetryAfter))
            + settings.backoff.delay(beforeRetry: repetition, random: orchestrator.random())
        if delay > .zero { try await orchestrator.clock.sleep(delay) }
    }

    private func save() async throws {
        let record = try self.record(at: orchestrator.clock.storedTime)
        try await orchestrator.database.writeUncancelled { [orchestrator] db in
            try orchestrator.store.update(record, claimedUntil: orchestrator.claimEnd, in: db)
        }
    }

    private mutating func end() async throws -> SagaOutcome<State> {
        machine.end()
        guard let outcome else {
            throw DurableError(.malformed, "the saga '\(orchestrator.definition.name)' \(id) stopped before its end")
        }
        let record = try self.record(at: orchestrator.clock.storedTime)
        try await orchestrator.database.writeUncancelled { [orchestrator] db in
            try orchestrator.store.update(record, claimedUntil: orchestrator.claimEnd, in: db)
            let oldest = record.updatedAt.adding(Duration.zero - orchestrator.definition.retention)
            try orchestrator.store.forgetSomeEnded(before: oldest, in: db)
            try orchestrator.definition.finished?(outcome, db)
        }
        return outcome
    }
}
