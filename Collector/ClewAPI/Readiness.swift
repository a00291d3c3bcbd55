import Synchronization

/// Whether the daemon takes telemetry and answers queries.
public final class Readiness: Sendable {
    public enum State: String, Sendable {
        case starting, ready, stopping
    }

    private let value = Mutex(State.starting)

    public init() {}

    public var state: State { value.withLock { $0 } }

    /// Moves on; a stopping daemon never becomes ready again.
    public func become(_ state: State) {
        value.withLock { $0 = $0 == .stopping ? .stopping : state }
    }
}
