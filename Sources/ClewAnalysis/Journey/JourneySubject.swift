public import ClewModel

/// What a journey is asked by.
public enum JourneySubject: Hashable, Sendable {
    case trace(TraceID)
    case correlation(String)
    case attribute(AttributeCondition)

    /// The order that is meant, where one is: a journey that is asked by its order leaves out others that share a
    /// correlation id with it.
    var orderID: String? {
        guard case .attribute(let condition) = self, condition.key == SemanticConventions.orderID,
            condition.comparison == .equal
        else { return nil }
        return condition.value
    }

    /// Whether the journey begins with the trace of this span.
    public func matches(_ span: Span) -> Bool {
        switch self {
        case .trace(let id): span.traceID == id
        case .correlation(let id): span.attributes.firstString(of: SemanticConventions.correlationID) == id
        case .attribute(let condition): condition.matches(span)
        }
    }
}
