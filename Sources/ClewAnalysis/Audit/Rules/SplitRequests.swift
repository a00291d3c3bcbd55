import ClewModel

/// Follows correlation ids over traces: a request whose traces no link connects was cut in two.
///
/// A client may send several requests under one id, each the root of a trace of its own, and that is right. So a trace
/// that begins with a server span counts only where another trace of the same id has a call that no server span
/// answers, of the same path and at the same time: the call arrived, and its trace did not. What begins with anything
/// else counts where its id is another trace's, and no link leads to one.
struct SplitRequests: Sendable {
    /// The traces under one correlation id.
    private struct Request: Sendable {
        /// A checkout with all its events is some ten traces; an id of more is one that a client gives to everything.
        static let maximumTraces = 24
        static let maximumCalls = 16

        var traces: [CorrelatedTrace] = []
        var isCrowded = false

        mutating func add(_ trace: CorrelatedTrace) {
            guard !isCrowded, traces.count < Self.maximumTraces else {
                isCrowded = true
                traces = []
                return
            }
            traces.append(trace)
        }
    }

    private struct Count: Sendable {
        var occurrences = 0
        /// Of calls, those whose path is the arrival's.
        var certain = 0
        var services: [String] = []
        var evidence = WorstEvidence()

        /// Keeps the two sides together, under one time.
        mutating func add(
            _ left: Finding.Evidence?, _ right: Finding.Evidence?, at time: UnixNanoseconds, isCertain: Bool
        ) {
            occurrences += 1
            if isCertain { certain += 1 }
            evidence.add(at: time, left)
            evidence.add(at: time, right)
        }
    }

    private let limits: BrokenContext.Limits
    private var requests = BoundedTable<String, Request>(capacity: 20_000)
    /// Calls that arrived in their trace.
    private var connected = BoundedTable<ServiceHop, Int>()
    /// Traces by where they begin.
    private var roots = BoundedTable<RootPlace, Int>()

    init(_ limits: BrokenContext.Limits) {
        self.limits = limits
    }

    mutating func visit(_ trace: AuditTrace) {
        guard let id = trace.requestID, let root = trace.trace.root else { return }
        roots.update(RootPlace(root, trace), initial: 0) { $0 += 1 }
        let calls = trace.calls()
        for call in calls where call.entry != nil { connected.update(call.hop, initial: 0) { $0 += 1 } }
        let unanswered = calls.filter { $0.entry == nil && trace.correlationID($0.span) ?? id == id }
        guard let correlated = CorrelatedTrace(trace, root, unanswered.prefix(Request.maximumCalls)) else { return }
        requests.update(id, initial: Request()) { $0.add(correlated) }
    }

    /// - Parameter handlers: Services that handle requests or messages. In others, such as a user's application, calls
    ///   under one id may well begin several traces.
    func findings(_ handlers: BoundedTable<String, Int>) -> [Finding] {
        var hops: [ServiceHop: Count] = [:]
        var heads: [RootPlace: Count] = [:]
        for request in requests.values.values where !request.isCrowded && request.traces.count > 1 {
            let traces = request.traces.sorted { $0.precedes($1) }
            countArrivals(traces, &hops)
            countHeads(traces, &heads)
        }
        heads = heads.filter { place, _ in
            place.kind == .producer || place.kind == .consumer || handlers[place.services.first ?? ""] != nil
        }
        return hops.compactMap { finding($0, $1) } + heads.compactMap { finding($0, $1) }
    }

    private func finding(_ hop: ServiceHop, _ count: Count) -> Finding? {
        finding(
            hop.text, count, of: count.occurrences + (connected[hop] ?? 0),
            "calls arrived as the first span of another trace",
            reason: count.certain >= limits.requests
                ? "call and arrival have one correlation id, one path and one time, and two traces"
                : "call and arrival have one correlation id and one time; a path is not on both spans")
    }

    private func finding(_ place: RootPlace, _ count: Count) -> Finding? {
        finding(
            place.text, count, of: max(count.occurrences, roots[place] ?? 0),
            "times a trace begins here that belongs to a request under way",
            reason: "an earlier trace has the same correlation id, and no link leads from one to the other")
    }

    /// Finds the call that each trace's first server span answers.
    private func countArrivals(_ traces: [CorrelatedTrace], _ hops: inout [ServiceHop: Count]) {
        for trace in traces {
            guard let arrival = trace.arrival else { continue }
            let calls = traces.filter { $0.trace != trace.trace }.flatMap(\.calls)
            guard let call = arrival.call(among: calls) else { continue }
            let hop = ServiceHop(caller: call.service, callee: arrival.service)
            let isSamePath = call.path != nil && call.path == arrival.path
            hops[hop, default: Count()].add(call.evidence, trace.evidence, at: call.start, isCertain: isSamePath)
            hops[hop]?.services = [hop.caller, hop.callee]
        }
    }

    /// Finds the traces that neither a server span nor a link begins, beside the one where the request began.
    private func countHeads(_ traces: [CorrelatedTrace], _ heads: inout [RootPlace: Count]) {
        // A job with an id of its own, and no span around what it does, begins with what would else be detached.
        guard let origin = traces.first, !origin.isDetached else { return }
        var linked = LinkedTraces()
        for trace in traces { for link in trace.links { linked.join(trace.trace, link) } }
        var seen: Set<Int> = [linked.set(of: origin.trace)]
        for trace in traces where seen.insert(linked.set(of: trace.trace)).inserted && trace.isDetached {
            let start = trace.start
            heads[trace.place, default: Count()].add(origin.evidence, trace.evidence, at: start, isCertain: true)
            heads[trace.place]?.services = trace.place.services
        }
    }

    private func finding(
        _ place: String, _ count: Count, of population: Int, _ what: String, reason: String
    ) -> Finding? {
        guard count.occurrences >= limits.requests,
            Double(count.occurrences) > limits.share * Double(population)
        else { return nil }
        return Finding(
            rule: BrokenContext.rule,
            confidence: count.certain >= limits.requests ? .certain : .likely,
            place: place, services: count.services,
            summary: "\(count.occurrences) of \(population) \(what)",
            occurrences: count.occurrences, population: population, reason: reason, evidence: count.evidence.all)
    }
}
