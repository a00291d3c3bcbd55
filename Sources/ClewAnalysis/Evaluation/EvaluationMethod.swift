/// A way to name the service at fault.
public enum EvaluationMethod: String, Hashable, Sendable, Codable, CaseIterable {
    /// ``ExplainAnalysis``.
    case clew
    /// The service of the longest span of the window in question.
    case longestSpan = "longest_span"
    /// The service with the operation whose mean own time grew most.
    case ownTime = "own_time"
    /// The service with the operation whose p95 grew most.
    case tailDuration = "p95"

    public var title: String {
        switch self {
        case .clew: "Clew"
        case .longestSpan: "longest span"
        case .ownTime: "growth of mean own time"
        case .tailDuration: "growth of p95"
        }
    }

    /// For the head of a column.
    public var shortTitle: String {
        switch self {
        case .clew: "Clew"
        case .longestSpan: "longest"
        case .ownTime: "own time"
        case .tailDuration: "p95"
        }
    }
}
