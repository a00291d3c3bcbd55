import Clew
import ClewModel
import ClewPatterns
import GRDB
import Logging
import Tracing

extension SagaOrchestrator {
    /// Drives a saga that was claimed, in a span of its own.
    ///
    /// - Returns: How it ended; `nil` where another owner took the claim.
    func drive(
        _ run: SagaRun<State>, in outer: ServiceContext, origin: ServiceContext?
    ) async throws -> SagaOutcome<State>? {
        let span = startSpan(of: run.id, in: outer, origin: origin)
        defer { span.end() }
        do {
            let outcome = try await ServiceContext.withValue(span.context) { try await advance(run) }
            span.describe { $0[SemanticConventions.sagaState] = (outcome?.ending.state ?? .running).rawValue }
            if let outcome, outcome.ending == .parked { report(outcome) }
            return outcome
        } catch {
            span.describe { $0[SemanticConventions.sagaState] = SagaState.running.rawValue }
            span.recordFailure(error)
            throw error
        }
    }

    private func startSpan(of id: String, in outer: ServiceContext, origin: ServiceContext?) -> any Tracing.Span {
        var context = outer
        context.deadline = nil
        let span = backend.tracer.startSpan("saga \(definition.name)", context: context, ofKind: .internal)
        if let origin { span.addLink(SpanLink(context: origin, attributes: [:])) }
        span.describe { attributes in
            attributes[SemanticConventions.sagaName] = definition.name
            attributes[SemanticConventions.sagaID] = id
        }
        return span
    }

    private func report(_ outcome: SagaOutcome<State>) {
        let reason = outcome.reason ?? "without a reason"
        logger?.error("the saga '\(definition.name)' \(outcome.sagaID) is parked, repair and unpark it: \(reason)")
    }

    private func advance(_ run: SagaRun<State>) async throws -> SagaOutcome<State>? {
        do {
            return try await withClaim(of: run)
        } catch let error as DurableError where error.code == .lostClaim {
            return nil
        } catch let cancellation as CancellationError {
            // Without it, the saga waits until the claim has run out.
            try? await database.writeUncancelled { [store] db in try store.release(run.id, claim: run.claim, in: db) }
            throw cancellation
        }
    }

    /// Renews the claim while the saga runs, and cancels it when the claim is lost.
    private func withClaim(of run: SagaRun<State>) async throws -> SagaOutcome<State>? {
        try await withThrowingTaskGroup(of: SagaOutcome<State>?.self) { group in
            group.addTask {
                var run = run
                return try await run.drive()
            }
            group.addTask {
                try await self.keepClaim(of: run)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Returns when the claim is lost.
    private func keepClaim(of run: SagaRun<State>) async throws {
        var isHeld = true
        while isHeld {
            try await clock.sleep(claimLease / 3)
            let end = claimEnd
            // A database that is busy now is asked again before the claim has run out.
            let renewed = try? await database.writeUncancelled { [store] db in
                try store.renew(run.id, claim: run.claim, until: end, in: db)
            }
            isHeld = renewed ?? true
        }
    }
}

extension Tracing.Span {
    /// Records an error; a cancellation is none.
    func recordFailure(_ error: any Error) {
        recordError(error)
        guard !(error is CancellationError) else { return }
        describe { $0[SemanticConventions.errorType] = ErrorType.name(of: error) }
        setStatus(SpanStatus(code: .error))
    }
}
