public import Tracing

/// What a step knows of the attempt that it makes.
public struct SagaContext: Sendable {
    public var sagaID: String
    /// The step's name.
    public var step: String
    /// From 1; a later one may find that an earlier one did the work.
    public var attempt: Int
    /// The attempt's span.
    public var span: any Tracing.Span
    /// Whether the step is compensated, not executed.
    public var isCompensation: Bool

    public init(sagaID: String, step: String, attempt: Int, span: any Tracing.Span, isCompensation: Bool = false) {
        self.sagaID = sagaID
        self.step = step
        self.attempt = attempt
        self.span = span
        self.isCompensation = isCompensation
    }

    /// `SAGA/STEP` to execute and `SAGA/STEP/compensate` to compensate: the same on every attempt, for the callee to
    /// know a call again.
    public var idempotencyKey: String { isCompensation ? "\(sagaID)/\(step)/compensate" : "\(sagaID)/\(step)" }
}
