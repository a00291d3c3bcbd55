import ClewModel

/// What is kept of a trace to find the other traces of its request.
struct CorrelatedTrace: Sendable {
    /// A call that no span of its trace answers.
    struct Call: Sendable {
        var service: String
        /// Of the request, without its query; `nil` where the span has none.
        var path: String?
        var start: UnixNanoseconds
        var end: UnixNanoseconds
        var evidence: Finding.Evidence?
    }

    /// A server span without a parent.
    struct Arrival: Sendable {
        var service: String
        var path: String?
        var start: UnixNanoseconds

        /// By so much two clocks may differ, beside what the times of the spans leave open.
        private static let slack: UInt64 = 100_000_000

        /// The call of another service that this is the arrival of: the one that began last before it.
        func call(among calls: [Call]) -> Call? {
            calls.filter { fits($0) }.max { ($0.start, $1.service) < ($1.start, $0.service) }
        }

        private func fits(_ call: Call) -> Bool {
            guard call.service != service else { return false }
            if let path, let other = call.path, path != other { return false }
            return call.start <= start.saturatingAdd(Self.slack) && start <= call.end.saturatingAdd(Self.slack)
        }
    }

    /// Traces of one request that a trace links to: enough for the largest batch that an audit's span keeps.
    private static let maximumLinks = AuditSpan.maximumLinks

    let trace: TraceID
    let start: UnixNanoseconds
    let place: RootPlace
    /// Traces that it links to.
    let links: [TraceID]
    let calls: [Call]
    let arrival: Arrival?
    /// Whether it begins where no request does, says that it has no parent, links to nothing, and yet carries an id
    /// that is another trace's.
    let isDetached: Bool
    let evidence: Finding.Evidence?

    init?(_ trace: AuditTrace, _ root: Int, _ calls: some Sequence<ServiceCall>) {
        guard let id = trace.id else { return nil }
        let span = trace.spans[root]
        self.trace = id
        start = span.summary.start
        place = RootPlace(root, trace)
        var links: Set<TraceID> = []
        for link in trace.spans.lazy.flatMap(\.links) where links.count < Self.maximumLinks && link.traceID != id {
            links.insert(link.traceID)
        }
        self.links = links.sorted()
        self.calls = calls.map { Self.call($0, trace) }
        let isBorrowed = trace.isTrueRoot(root) && trace.correlationID(root).map { $0 != trace.substituteID } ?? false
        let isRequest = span.summary.kind == .server || span.summary.kind == .unspecified
        arrival = isBorrowed && span.summary.kind == .server ? Self.arrival(span) : nil
        isDetached = isBorrowed && !isRequest && links.isEmpty
        evidence = trace.evidence([root], "\(trace.label(root)) begins a trace")
    }

    /// Where a request began goes before what belongs to one.
    func precedes(_ other: CorrelatedTrace) -> Bool {
        if isDetached != other.isDetached { return !isDetached }
        return (start, trace) < (other.start, other.trace)
    }

    private static func call(_ call: ServiceCall, _ trace: AuditTrace) -> Call {
        let span = trace.spans[call.span]
        return Call(
            service: span.summary.service, path: path(trace.resource(of: call)),
            start: span.summary.start, end: max(span.summary.start, span.summary.end),
            evidence: trace.evidence([call.span], "\(trace.label(call.span)) has no answer in its trace"))
    }

    private static func arrival(_ span: AuditSpan) -> Arrival {
        let target = span.string(SemanticConventions.urlPath) ?? span.string("http.target") ?? ""
        return Arrival(service: span.summary.service, path: path(target), start: span.summary.start)
    }

    private static func path(_ target: String) -> String? {
        let path = target.prefix { $0 != "?" && $0 != "#" }
        return path.isEmpty ? nil : String(path)
    }
}
