/// How far a load is.
public struct LoadProgress: Hashable, Sendable {
    /// Requests sent, of those planned.
    public var sent: Int
    public var planned: Int
    /// Requests that ended, with an answer or without.
    public var ended: Int
    /// Of those ended: answers of 500 and above, and requests without an answer.
    public var errors: Int
}
