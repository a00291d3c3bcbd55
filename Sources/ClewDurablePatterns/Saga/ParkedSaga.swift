public import ClewModel

/// A saga whose compensation does not succeed, and that waits for a human.
public struct ParkedSaga: Hashable, Sendable {
    public var id: String
    /// The step that could not be compensated.
    public var step: String
    /// Why the last attempt failed.
    public var reason: String
    /// When it was parked.
    public var since: UnixNanoseconds

    public init(id: String, step: String, reason: String, since: UnixNanoseconds) {
        self.id = id
        self.step = step
        self.reason = reason
        self.since = since
    }
}
