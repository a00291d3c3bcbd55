/// A business "no", such as a card that is declined: another attempt would be answered alike.
///
/// Thrown by a step's `execute`, it says that nothing was done; the steps before are compensated at once. Thrown by
/// `compensate`, it says that only a human can help, and parks the saga at once.
public struct SagaRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Becomes the reason of the ``SagaOutcome``; its first 1,000 characters are kept.
    public var reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
