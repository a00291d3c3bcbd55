import ClewModel

/// Counts spans that name a parent which is not in their trace.
struct OrphanSpans: Sendable {
    /// A service whose spans lack their parents.
    private struct Place: Hashable, Sendable {
        var service: String
        /// Whether the parent is to be a caller's span, and not one of the service itself.
        var isEntry: Bool
    }

    /// What one trace shows.
    private struct Sighting: Sendable {
        /// Hops, and places of orphans, of one trace: more is no request, and many traces are held back.
        static let maximumPlaces = 128

        /// The hops between and within services whose both ends are there.
        var connected: Set<ServiceHop> = []
        var orphans: [Place: Finding.Evidence] = [:]
        var start: UnixNanoseconds
        /// Whether the request's first span is there too.
        var isRooted: Bool
    }

    private struct Count: Sendable {
        var traces = 0
        var rooted = 0
        var evidence = WorstEvidence()
    }

    private let limits: BrokenContext.Limits
    private var interior: WindowInterior<Sighting>
    private var connected = BoundedTable<ServiceHop, Int>()
    private var orphans = BoundedTable<Place, Count>()

    init(_ limits: BrokenContext.Limits) {
        self.limits = limits
        interior = WindowInterior(margin: limits.edge)
    }

    mutating func visit(_ trace: AuditTrace) {
        let start = trace.spans.reduce(UnixNanoseconds.max) { min($0, $1.summary.start) }
        let end = trace.spans.reduce(start) { max($0, $1.summary.end) }
        var sighting = Sighting(start: start, isRooted: trace.trace.isComplete)
        for index in trace.indices { Self.note(index, trace, &sighting) }
        for inside in interior.add(sighting, from: start, to: end) { count(inside) }
    }

    private static func note(_ index: Int, _ trace: AuditTrace, _ sighting: inout Sighting) {
        if let parent = trace.trace.parent(of: index) {
            guard sighting.connected.count < Sighting.maximumPlaces else { return }
            sighting.connected.insert(ServiceHop(caller: trace.service(parent), callee: trace.service(index)))
        } else if trace.trace.annotations(of: index).contains(.missingParent) {
            let isEntry = trace.spans[index].summary.isEntry || trace.kind(index) == .unspecified
            let place = Place(service: trace.service(index), isEntry: isEntry)
            guard sighting.orphans[place] == nil, sighting.orphans.count < Sighting.maximumPlaces else { return }
            sighting.orphans[place] = trace.evidence([index], "the parent of \(trace.label(index)) is missing")
        }
    }

    private mutating func count(_ sighting: Sighting) {
        for hop in sighting.connected { connected.update(hop, initial: 0) { $0 += 1 } }
        for (place, evidence) in sighting.orphans {
            orphans.update(place, initial: Count()) {
                $0.traces += 1
                if sighting.isRooted { $0.rooted += 1 }
                $0.evidence.add(at: sighting.start, evidence)
            }
        }
    }

    func findings() -> [Finding] {
        var settled = self
        for inside in settled.interior.settle() { settled.count(inside) }
        let hops = Dictionary(grouping: settled.connected.values) {
            Place(service: $0.key.callee, isEntry: $0.key.caller != $0.key.callee)
        }
        return settled.orphans.values.compactMap { settled.finding($0, $1, hops[$0] ?? []) }
    }

    /// - Parameter hops: Those by which the place is reached with a parent, and in how many traces.
    private func finding(_ place: Place, _ count: Count, _ hops: [(key: ServiceHop, value: Int)]) -> Finding? {
        let population = count.traces + hops.reduce(0) { $0 + $1.value }
        guard count.traces >= limits.requests, Double(count.traces) > limits.share * Double(population) else {
            return nil
        }
        // A caller from outside may well name a span that it sends elsewhere: nobody else calls the service, and the
        // traces begin with it.
        guard !place.isEntry || !hops.isEmpty || count.rooted >= limits.requests else { return nil }
        let caller = hops.max { ($0.value, $1.key.caller) < ($1.value, $0.key.caller) }?.key.caller
        let isRooted = 2 * count.rooted >= count.traces
        return Finding(
            rule: BrokenContext.rule,
            confidence: isRooted ? .likely : .possible,
            place: place.isEntry ? "\(caller ?? Hop.unknownTarget) -> \(place.service)" : place.service,
            services: place.isEntry ? [caller, place.service].compactMap { $0 } : [place.service],
            summary: """
                in \(count.traces) of \(population) traces spans of \(place.service) name a parent that is missing
                """,
            occurrences: count.traces, population: population,
            reason: isRooted
                ? "the first spans of these requests are there, so that the missing ones were made and not sent"
                : "these traces lack their first spans too, so that they may have been cut",
            evidence: count.evidence.all)
    }
}
