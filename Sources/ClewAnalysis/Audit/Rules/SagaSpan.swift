import ClewModel

/// What a span says of a saga.
struct SagaSpan {
    struct ID: Hashable, Sendable {
        /// Empty where the span names none.
        var name: String
        var id: String

        /// As a finding's place has it.
        static func place(_ name: String) -> String { name.isEmpty ? "saga" : "saga \(name)" }
    }

    let saga: ID
    /// `nil` on the span of a run, and on the one that starts a saga without a coordinator.
    let step: String?
    let isCompensation: Bool
    let state: String?

    /// `nil` where the span belongs to no saga, or to a repeated delivery that an inbox dropped: that one says nothing
    /// of how the saga stands.
    init?(_ span: AuditSpan) {
        guard let id = span.string(SemanticConventions.sagaID), !id.isEmpty,
            span.string(SemanticConventions.inboxOutcome) != "duplicate"
        else { return nil }
        saga = ID(name: span.string(SemanticConventions.sagaName) ?? "", id: id)
        step = span.string(SemanticConventions.sagaStep)
        isCompensation = span.string(SemanticConventions.sagaAction) == "compensate"
        state = span.string(SemanticConventions.sagaState)
    }

    /// Whether the saga is over by this span.
    var endsSaga: Bool { state.map { Self.finalStates.contains($0) } ?? false }

    private static let finalStates: Set<String> = ["completed", "compensated", "parked"]
}
