/// What a saga has come to: the attribute `clew.saga.state`.
public enum SagaState: String, CaseIterable, Hashable, Sendable {
    /// It is on its way, or left for later.
    case running
    /// Every step is done.
    case completed
    /// What was done is undone.
    case compensated
    /// A compensation does not succeed: a human has to look.
    case parked
}

/// How a saga ends.
public enum SagaEnding: String, Codable, CaseIterable, Hashable, Sendable {
    /// Every step is done.
    case completed
    /// What was done is undone.
    case compensated
    /// A compensation does not succeed: a human has to look. See ``SagaOrchestrator/unpark(_:)``.
    case parked

    var state: SagaState {
        switch self {
        case .completed: .completed
        case .compensated: .compensated
        case .parked: .parked
        }
    }
}
