/// What an operation of the synthetic shop does next. Times are medians in microseconds.
enum SyntheticStep: Sendable {
    /// Own work that has no span of its own.
    case work(Double)
    /// Own work with a span.
    case task(String, Double)
    case query(SyntheticQuery)
    /// A look-up, and where that misses the query behind it.
    case cached(SyntheticQuery, hits: Double, SyntheticQuery)
    case call(SyntheticOperation)
    /// Calls that do not wait for one another.
    case parallel([SyntheticOperation])
    /// A call to something that sends no telemetry.
    case external(String, Double)
    /// A message to a topic, and what those who hear it do.
    case publish(String, [SyntheticOperation])

    var isQuery: Bool { if case .query = self { true } else { false } }
    var isCached: Bool { if case .cached = self { true } else { false } }
    var isExternal: Bool { if case .external = self { true } else { false } }

    /// What it calls and waits for.
    var callees: [SyntheticOperation] {
        switch self {
        case .call(let operation): [operation]
        case .parallel(let operations): operations
        case .work, .task, .query, .cached, .external, .publish: []
        }
    }

    /// Whether others see it: as spans.
    var leavesSpans: Bool { if case .work = self { false } else { true } }
}
