import ClewModel

/// Counts calls, and messages that are handled or relayed, which begin a trace without a link to any other.
struct UnlinkedRoots: Sendable {
    private struct Count: Sendable {
        var connected = 0
        var detached = 0
        /// Of those that are detached, the ones with the correlation id of a request that began elsewhere.
        var borrowed = 0
        /// What a consumer reads; empty for others.
        var destination = ""
        var evidence = WorstEvidence()
    }

    private let limits: BrokenContext.Limits
    private var places = BoundedTable<RootPlace, Count>()
    /// Destinations to which somebody sends with a span.
    private var destinations = BoundedTable<String, Int>()
    private var usesIDs = false

    init(_ limits: BrokenContext.Limits) {
        self.limits = limits
    }

    mutating func visit(_ trace: AuditTrace) {
        for index in trace.indices {
            let span = trace.spans[index].summary
            if span.kind == .producer { destinations.update(span.target?.name ?? "", initial: 0) { $0 += 1 } }
            if trace.correlationID(index) != nil { usesIDs = true }
            if Self.belongsToARequest(index, trace) { count(index, trace) }
        }
    }

    private mutating func count(_ index: Int, _ trace: AuditTrace) {
        let span = trace.spans[index]
        let isRoot = trace.trace.parent(of: index) == nil
        // One whose parent is missing is counted elsewhere.
        guard !isRoot || trace.isTrueRoot(index) else { return }
        places.update(RootPlace(index, trace), initial: Count()) {
            guard isRoot, span.linkCount == 0 else {
                $0.connected += 1
                return
            }
            $0.detached += 1
            if let id = trace.correlationID(index), id != trace.substituteID { $0.borrowed += 1 }
            if span.summary.kind == .consumer { $0.destination = span.summary.target?.name ?? "" }
            $0.evidence.add(at: span.summary.start, trace.evidence([index], "\(trace.label(index)) begins a trace"))
        }
    }

    /// Whether a span is hardly ever the first of its request. One that asks a database is: of a background job.
    private static func belongsToARequest(_ index: Int, _ trace: AuditTrace) -> Bool {
        switch trace.kind(index) {
        case .client: trace.isServiceCall(index)
        case .consumer: true
        case .producer: trace.spans[index].double(SemanticConventions.outboxLag) != nil
        case .server, .internal, .unspecified: false
        }
    }

    /// - Parameter handlers: Services that handle requests or messages: in others a call may well be the first span.
    func findings(_ handlers: BoundedTable<String, Int>) -> [Finding] {
        places.values.compactMap { place, count in
            guard place.kind != .client || handlers[place.services.first ?? ""] != nil else { return nil }
            return finding(place, count)
        }
    }

    private func finding(_ place: RootPlace, _ count: Count) -> Finding? {
        // A call, or a row of an outbox, without another request's id may be a background job's.
        let detached = usesIDs && place.kind != .consumer ? count.borrowed : count.detached
        let population = count.detached + count.connected
        guard detached >= limits.requests, Double(detached) > limits.share * Double(population),
            isExpectedToBelong(count)
        else { return nil }
        let isBorrowed = 2 * count.borrowed >= detached
        return Finding(
            rule: BrokenContext.rule,
            confidence: isBorrowed || isSentTo(count.destination) ? .likely : .possible,
            place: place.text, services: place.services,
            summary: "\(detached) of \(population) times a trace begins here, with no parent and no link",
            occurrences: detached, population: population,
            reason: isBorrowed
                ? "these spans carry the correlation id of a request that began elsewhere"
                : "others of the kind have a parent or a link, or their messages are sent in traces",
            evidence: count.evidence.all)
    }

    private func isExpectedToBelong(_ count: Count) -> Bool {
        count.borrowed > 0 || count.connected > 0 || isSentTo(count.destination)
    }

    private func isSentTo(_ destination: String) -> Bool { !destination.isEmpty && destinations[destination] != nil }
}
