/// How a saga ended.
public struct SagaOutcome<State: Codable & Sendable>: Sendable {
    public typealias Ending = SagaEnding

    public var sagaID: String
    public var ending: Ending
    /// As the last call that succeeded left it.
    public var state: State
    /// Why the steps were compensated; of a parked saga, why a compensation failed. `nil` of a completed one.
    public var reason: String?

    public init(sagaID: String, ending: Ending, state: State, reason: String? = nil) {
        self.sagaID = sagaID
        self.ending = ending
        self.state = state
        self.reason = reason
    }
}
