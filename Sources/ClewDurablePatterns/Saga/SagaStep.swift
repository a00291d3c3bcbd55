/// One step of a saga: a local transaction or a call to another service, and what undoes it.
///
/// Both must be idempotent: after a crash, or an answer that was lost, they are called again, with the same
/// ``SagaContext/idempotencyKey``. `compensate` is also called where an attempt at `execute` failed and may have done
/// nothing; it then has nothing to undo, and succeeds.
public struct SagaStep<State: Codable & Sendable>: Sendable {
    /// Of few different values, as it names spans.
    public let name: String
    let execute: @Sendable (State, SagaContext) async throws -> State
    let compensate: (@Sendable (State, SagaContext) async throws -> State)?

    /// - Parameters:
    ///   - name: Unique in its saga; part of keys and of what is stored.
    ///   - execute: Gets the state that the step before left, and returns its own. ``SagaRefusal`` is a "no"; all other
    ///     errors are failures, which are repeated.
    ///   - compensate: Undoes it. Without one there is nothing to undo, as with a check. The last step needs one too
    ///     where its work may be done and the answer lost.
    public init(
        _ name: String, execute: @escaping @Sendable (State, SagaContext) async throws -> State,
        compensate: (@Sendable (State, SagaContext) async throws -> State)? = nil
    ) {
        self.name = name
        self.execute = execute
        self.compensate = compensate
    }

    /// `nil` where there is nothing to undo.
    func body(of action: SagaMachine.Action) -> (@Sendable (State, SagaContext) async throws -> State)? {
        switch action {
        case .execute: execute
        case .compensate: compensate
        }
    }
}
