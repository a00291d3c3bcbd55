import ClewModel

/// Durations of one hop in a window.
struct HopStatistics: Sendable {
    var durations = DurationHistogram()
    /// The same by what the span calls: only executions of one shape are compared, so that neither another mix of requests
    /// nor lost spans look like a change. Shapes past a bound are compared with none.
    var shapes: [Int: DurationHistogram] = [:]
    /// Whether none of its executions was seen to call anything.
    var callsNothing: Bool { shapes.count == 1 && shapes[ExecutionShape.leaf] != nil }

    /// The longest, the longest first.
    var examples = ExplainExamples()
    /// By the number of where the span ran.
    var places: [Int32: DurationHistogram] = [:]
}

/// Executions of one operation in a window.
struct OperationStatistics: Sendable {
    var count = 0
    /// Failures that no failure below explains.
    var errors = 0
    /// Spans below all executions together.
    var descendants = 0
    var examples = ExplainExamples()
    /// Executions and failures by the number of where they ran.
    var places: [Int32: (count: Int, errors: Int)] = [:]

    var meanDescendants: Double { Double(descendants) / Double(max(1, count)) }
}

/// What followed one call within an operation.
struct StopStatistics: Sendable {
    var count = 0
    /// Executions in which nothing followed.
    var stops = 0
    var examples = ExplainExamples()
}

/// How often executions of an operation make one call.
struct CallStatistics: Sendable {
    /// Executions with at least one.
    var executions = 0
    var calls = 0.0
    var squares = 0.0
    var examples = ExplainExamples()
}

/// Executions with one log pattern.
struct PatternStatistics: Sendable {
    var executions = 0
    var examples = ExplainExamples()
}

/// A few executions that show something, those that show it most.
struct ExplainExamples: Sendable {
    private(set) var kept: [(weight: UInt64, example: Suspect.Example)] = []

    static let maximum = 3

    mutating func add(_ example: @autoclosure () -> Suspect.Example, weight: UInt64) {
        if kept.count == Self.maximum, let last = kept.last, last.weight >= weight { return }
        let place = kept.firstIndex { $0.weight < weight } ?? kept.count
        kept.insert((weight, example()), at: place)
        if kept.count > Self.maximum { kept.removeLast() }
    }

    var list: [Suspect.Example] { kept.map(\.example) }
}
