public import ClewModel

/// A window of an incident, as each method keeps it.
public struct EvaluationWindow: Sendable {
    let profile: ExplainProfile
    let naive: NaiveProfile

    public init(_ side: Incident.Side) {
        self.init(side.spans, side.records)
    }

    /// - Parameters:
    ///   - spans: In any order.
    ///   - records: Those without a trace id are left out.
    public init(_ spans: [Span], _ records: [LogRecord]) {
        let from = spans.lazy.map(\.start).min() ?? 0
        let to = spans.lazy.map { max($0.start, $0.end) }.max() ?? 0
        var profile = ExplainProfile(from: from, to: max(to, from.saturatingAdd(1)))
        var naive = NaiveProfile()
        let lines = Dictionary(grouping: records) { $0.traceID ?? .invalid }
        // In the order of their ids, so that equal input gives an equal answer.
        for (id, members) in Dictionary(grouping: spans, by: \.traceID).sorted(by: { $0.key < $1.key }) {
            profile.add(members.map { ExplainSpan($0) }, id.isValid ? lines[id] ?? [] : [])
            naive.add(Trace(spans: members.map { SpanSummary($0) }))
        }
        (self.profile, self.naive) = (profile, naive)
    }
}
