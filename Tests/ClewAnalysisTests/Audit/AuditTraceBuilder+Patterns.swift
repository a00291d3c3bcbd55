import ClewAnalysis
import ClewModel

extension AuditTraceBuilder {
    /// A run of a saga of the open span's service; without a state where it did not get that far.
    mutating func saga(
        _ name: String, _ id: String, state: String?, _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) {
        var attributes = Self.saga(name, id)
        if let state { attributes.append(Attribute(SemanticConventions.sagaState, .string(state))) }
        span("saga \(name)", attributes: attributes, body)
    }

    /// One attempt at a step, of five milliseconds beside what its body takes.
    mutating func step(
        _ step: String, of name: String, _ id: String, _ action: String = "execute", attempt: Int = 1,
        fails: Bool = false, _ body: (inout AuditTraceBuilder) -> Void = { _ in }
    ) {
        let attributes =
            Self.saga(name, id) + [
                Attribute(SemanticConventions.sagaStep, .string(step)),
                Attribute(SemanticConventions.sagaAction, .string(action)),
                Attribute(SemanticConventions.sagaAttempt, .int(Int64(attempt))),
            ]
        span("\(action) \(step)", attributes: attributes) {
            body(&$0)
            $0.wait(5)
            if fails { $0.fail("refused") }
        }
    }

    /// Says that the open span is part of a saga without a coordinator.
    mutating func choreograph(_ name: String, _ id: String, step: String? = nil, state: String? = nil) {
        self[SemanticConventions.sagaName] = .string(name)
        self[SemanticConventions.sagaID] = .string(id)
        if let step {
            self[SemanticConventions.sagaStep] = .string(step)
            self[SemanticConventions.sagaAction] = "execute"
        }
        if let state { self[SemanticConventions.sagaState] = .string(state) }
    }

    /// Says that the open span's request brought a key, and what became of it.
    mutating func idempotent(_ key: String, _ outcome: String? = nil) {
        self[SemanticConventions.idempotencyKey] = .string(key)
        self[SemanticConventions.idempotencyOutcome] = outcome.map(AttributeValue.string)
    }

    /// Links the open span to a trace's first span.
    mutating func link(to other: AuditTraceBuilder) {
        guard let span = other.spans.first else { return }
        link(to: span.spanID, of: other.traceID)
    }

    /// Puts a correlation id on what begins from now on.
    mutating func correlate(_ id: String) {
        common = [Attribute(SemanticConventions.correlationID, .string(id))]
    }

    private static func saga(_ name: String, _ id: String) -> Attributes {
        [Attribute(SemanticConventions.sagaName, .string(name)), Attribute(SemanticConventions.sagaID, .string(id))]
    }
}

extension [AuditTrace] {
    /// What a window of milliseconds since the tests' beginning of time shows: the spans that begin and end in it.
    func cut(_ window: ClosedRange<Double>) -> [AuditTrace] {
        let from = AuditTraceBuilder.epoch + UInt64(window.lowerBound * 1e6)
        let to = AuditTraceBuilder.epoch + UInt64(window.upperBound * 1e6)
        return map { trace in
            AuditTrace(spans: trace.spans.filter { $0.summary.start >= from && $0.summary.end <= to })
        }
    }
}
