import ClewModel

/// A gateway that does more than pass requests on.
struct GatewayLogic: AuditDetector {
    static let rule = AuditRule(
        name: "gateway-logic",
        title: "business logic in the gateway",
        severity: .medium,
        detection: """
            A service at the edge that is named a gateway asks a database in at least `requests` requests, caches \
            apart; or its own work, outside of calls, takes at least `share` of a route's median request and at \
            least `own-ms`. Other services at the edge are not judged.
            """,
        harm: "Rules of several teams meet in the one place through which all requests go, and are released together.",
        refutation: "The database holds what a gateway needs: keys, quotas, sessions, routes.",
        advice: "Move rule and data to the service that owns them; let the gateway route, limit and authenticate.",
        parameters: [
            .init("requests", 10, "requests that show it"),
            .init("share", 0.5, "share of the request, 0 to 1, that is the gateway's own work"),
            .init("own-ms", 50, "milliseconds of own work in the median request of a route"),
        ])

    /// What a gateway is called; a service in front of a payment provider may be too, but is not at the edge.
    private static let names = ["gateway", "apigw", "api-gw", "ingress"]
    /// Stores that hold sessions, quotas and cached answers.
    private static let caches: Set<String> = ["redis", "valkey", "memcached", "hazelcast", "etcd"]
    /// At the edge, requests come from outside; a few may come back from inside.
    private static let leastFromOutside = 0.9

    private struct Edge {
        var requests = 0
        var fromOutside = 0

        var isEdge: Bool { Double(fromOutside) >= GatewayLogic.leastFromOutside * Double(requests) }
    }

    private struct Route {
        var durations = DurationHistogram()
        var own = DurationHistogram()
        var tally = AuditTally()
    }

    private let requests: Int
    private let share: Double
    private let own: UInt64
    private var edges = BoundedTable<String, Edge>()
    private var databases = BoundedTable<ServiceHop, AuditTally>()
    private var routes: BoundedTable<ServiceOperation, Route> = .ofHistograms

    init(_ settings: AuditSettings) {
        requests = max(1, settings.count("requests", of: Self.rule))
        share = settings.value("share", of: Self.rule)
        own = settings.nanoseconds("own-ms", of: Self.rule)
    }

    mutating func visit(_ trace: AuditTrace) {
        let gateways = Set(trace.trace.services.filter(Self.isGateway))
        guard !gateways.isEmpty else { return }
        for index in trace.indices where trace.isRequest(index) && gateways.contains(trace.service(index)) {
            let isFromOutside = trace.trace.parent(of: index) == nil
            edges.update(trace.service(index), initial: Edge()) {
                $0.requests += 1
                if isFromOutside { $0.fromOutside += 1 }
            }
        }
        countDatabases(gateways, trace)
        countOwnWork(gateways, trace)
    }

    private static func isGateway(_ service: String) -> Bool {
        let name = service.lowercased()
        return names.contains { name.contains($0) }
    }

    /// Each database once a request.
    private mutating func countDatabases(_ gateways: Set<String>, _ trace: AuditTrace) {
        let entries = trace.entries()
        var calls: [Int: [ServiceHop: [Int]]] = [:]
        for index in trace.indices where trace.isDatabaseCall(index) && gateways.contains(trace.service(index)) {
            guard let target = trace.spans[index].summary.target, !Self.caches.contains(target.system),
                trace.isRequest(entries[index])
            else { continue }
            let hop = ServiceHop(
                caller: trace.service(index), callee: target.name.isEmpty ? target.system : target.name)
            calls[entries[index], default: [:]][hop, default: []].append(index)
        }
        for (request, hops) in calls {
            for (hop, spans) in hops {
                let time = spans.reduce(UInt64(0)) { $0.saturatingAdd(trace.duration($1)) }
                databases.update(hop, initial: AuditTally()) {
                    let note = CountText.counted(spans.count, "database call")
                    $0.add(nanoseconds: time, trace.evidence([request] + spans, note))
                }
            }
        }
    }

    private mutating func countOwnWork(_ gateways: Set<String>, _ trace: AuditTrace) {
        var calls: [Int: [Int]] = [:]
        for call in trace.calls() where gateways.contains(call.hop.caller) {
            calls[call.request, default: []].append(call.span)
        }
        // A request without a call may be a cached answer, which is all own work.
        for (request, spans) in calls where trace.isRequest(request) {
            let (duration, called) = (trace.duration(request), Self.time(in: spans, of: request, trace))
            let (rest, isTyped) = (duration - min(called, duration), trace.kind(request) == .server)
            routes.update(trace.operation(request), initial: Route()) {
                $0.durations.record(duration)
                $0.own.record(rest)
                let note = "\(DurationText.format(rest)) of \(DurationText.format(duration)) outside of calls"
                $0.tally.add(nanoseconds: rest, isTyped: isTyped, trace.evidence([request], note))
            }
        }
    }

    /// Nanoseconds of a request in which at least one of its calls runs.
    private static func time(in calls: [Int], of request: Int, _ trace: AuditTrace) -> UInt64 {
        var cursor = trace.trace.start(of: request)
        let end = trace.trace.end(of: request)
        var total: UInt64 = 0
        for call in calls.sorted(by: { trace.trace.start(of: $0) < trace.trace.start(of: $1) }) {
            let (from, to) = (max(cursor, trace.trace.start(of: call)), min(end, trace.trace.end(of: call)))
            guard from < to else { continue }
            total += to - from
            cursor = to
        }
        return total
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        databases.values.compactMap { databaseFinding($0, $1) } + routes.values.compactMap { routeFinding($0, $1) }
    }

    private func databaseFinding(_ hop: ServiceHop, _ tally: AuditTally) -> Finding? {
        guard let edge = edges[hop.caller], edge.isEdge, tally.occurrences >= requests else { return nil }
        return Finding(
            rule: Self.rule,
            confidence: .likely,
            place: hop.text,
            services: [hop.caller],
            summary: """
                \(hop.caller) asks the database \(hop.callee) itself in \
                \(CountText.counted(tally.occurrences, "request"))
                """,
            occurrences: tally.occurrences,
            population: edge.requests,
            cost: tally.cost,
            reason: "the gateway's own spans ask a database that is no cache; what it holds is not visible",
            evidence: tally.evidence)
    }

    private func routeFinding(_ operation: ServiceOperation, _ route: Route) -> Finding? {
        let (rest, duration) = (route.own.median, route.durations.median)
        guard let edge = edges[operation.service], edge.isEdge, route.tally.occurrences >= requests, rest >= own,
            Double(rest) >= share * Double(duration)
        else { return nil }
        return Finding(
            rule: Self.rule,
            confidence: .possible,
            place: operation.text,
            services: [operation.service],
            summary: """
                \(operation.service) itself takes \(DurationText.format(rest)) of the \
                \(DurationText.format(duration)) (medians) that the route takes
                """,
            occurrences: route.tally.occurrences,
            population: route.tally.occurrences,
            cost: route.tally.cost,
            reason: "time outside of calls is work, or waiting in a gateway that has too much to do",
            evidence: route.tally.evidence)
    }
}
