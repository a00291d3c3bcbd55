import ClewAnalysis
import ClewModel
import Testing

@Suite("Synthetic incidents")
struct SyntheticIncidentTests {
    private static let services = [
        "cart", "catalog", "gateway", "inventory", "notifications", "order-history", "orders", "payments", "pricing",
        "recommendations", "shipping", "web-bff",
    ]
    private static let small = SyntheticIncidents(seed: 3, requests: 60...80)

    @Test("equal seeds give equal incidents, other seeds and numbers others")
    func seed() {
        let incident = Self.small.incident(0)
        #expect(incident == SyntheticIncidents(seed: 3, requests: 60...80).incident(0))
        #expect(incident.now != SyntheticIncidents(seed: 4, requests: 60...80).incident(0).now)
        #expect(incident.now != Self.small.incident(16).now)
        #expect(incident.before != incident.now)
    }

    @Test("faults take turns, and the truth names a service that both windows show")
    func truth() {
        for (number, fault) in SyntheticFault.allCases.enumerated() {
            let incident = Self.small.incident(number)
            let truth = incident.truth
            #expect(truth.fault == fault.rawValue)
            #expect(truth.system == SyntheticIncidents.system)
            #expect(truth.spans == incident.now.spans.count && truth.logs == incident.now.records.count)
            let expected = fault == .noFault ? 0 : fault == .twoFaults ? 2 : 1
            #expect(Set(truth.culprits).count == expected, "\(fault)")
            for service in truth.culprits {
                let windows = [incident.before, incident.now]
                #expect(windows.allSatisfy { $0.spans.contains { $0.resource.serviceName == service } }, "\(fault)")
            }
        }
    }

    @Test("a window has some hundred traces of twelve services, with the attributes that senders send")
    func shape() {
        let incident = SyntheticIncidents(seed: 5, isNoisy: false).incident(0, fault: .noFault)
        for side in [incident.before, incident.now] {
            let figures = SideFigures(side)
            #expect((400...600).contains(figures.traces))
            #expect((8...20).contains(side.spans.count / figures.traces))
            #expect(Set(side.spans.map(\.resource.serviceName)).sorted() == Self.services)
            #expect(Set(side.spans.filter { $0.parentSpanID == nil }.map(\.name)).count == 8)
            #expect(Set(side.spans.map(\.kind)) == [.internal, .server, .client, .producer, .consumer])
            #expect(figures.values(of: SemanticConventions.serviceInstanceID, "catalog").count == 4)
            #expect(figures.values(of: SemanticConventions.serviceInstanceID, "orders").count == 3)
            #expect(figures.values(of: SemanticConventions.serviceVersion, "orders").count == 1)
            let ids = Set(side.spans.map(\.spanID))
            #expect(ids.count == side.spans.count)
            #expect(side.records.allSatisfy { record in record.spanID.map { ids.contains($0) } ?? false })
        }
        #expect(incident.before.spans.allSatisfy { $0.end < incident.start })
        #expect(incident.now.spans.allSatisfy { $0.start >= incident.start })
    }

    /// Whether a window with a fault differs from the one before as the fault says.
    private static func shows(_ fault: SyntheticFault, _ incident: Incident) -> Bool {
        guard let service = incident.truth.service else { return fault == .noFault }
        let (before, now) = (SideFigures(incident.before), SideFigures(incident.now))
        func isIn(_ key: String, _ value: String) -> (Resource) -> Bool {
            { $0.attributes.firstString(of: key) == value }
        }
        /// Whether the processes with new values of an attribute work more slowly than all did before.
        func isSlow(where key: String) -> Bool {
            let fresh = now.values(of: key, service).subtracting(before.values(of: key, service))
            return !fresh.isEmpty
                && fresh.contains { now.work(service, where: isIn(key, $0)) > 1.5 * before.work(service) }
        }
        switch fault {
        case .cpu: return now.work(service) > 1.3 * before.work(service)
        case .database: return now.queryTime(service) > 1.5 * before.queryTime(service)
        case .network: return now.gap(service) > before.gap(service) + 1e6
        case .lock: return now.work(service) > 1.2 * before.work(service)
        case .retry: return now.errors(service) > 0.1 && now.repetitions(of: service) > 10
        case .nPlusOne: return now.queries(service) > 1.3 * before.queries(service) + 0.2
        case .fanOut: return now.calls(service) > 1.5 * before.calls(service)
        case .cacheMiss: return now.queries(service) > 1.1 * before.queries(service)
        case .hotInstance:
            let hot = isIn(SemanticConventions.serviceInstanceID, incident.truth.pod ?? "")
            return now.work(service, where: hot) > 1.5 * now.work(service) { !hot($0) }
        case .badVersion: return isSlow(where: SemanticConventions.serviceVersion)
        case .earlyReturn: return now.lines(service) < before.lines(service) - 0.1
        case .exception:
            return now.errors(service) > 0.1 && now.exceptions(service) > 5 && now.records(service, .error) > 5
        case .pause: return now.longestWait(service) > 120e6 && now.longestWait(service) > before.longestWait(service)
        case .coldStart: return isSlow(where: SemanticConventions.serviceInstanceID)
        case .twoFaults: return incident.truth.faults?.count == 2
        case .noFault: return false
        }
    }

    @Test("each fault does at its service what it says", arguments: SyntheticFault.allCases)
    func effect(fault: SyntheticFault) {
        let incidents = SyntheticIncidents(seed: 11, requests: 250...300, isNoisy: false)
        // One in four may be too mild, or too late, to be seen in so few requests.
        let shown = (0..<4).count { Self.shows(fault, incidents.incident($0, fault: fault)) }
        #expect(shown >= 3)
    }

    @Test("callers of what fails fail too, up to the customer")
    func propagation() {
        let incidents = SyntheticIncidents(seed: 12, requests: 250...300, isNoisy: false)
        let incident = (0..<40).lazy.map { incidents.incident($0, fault: .exception) }
            .first { $0.truth.service == "catalog" || $0.truth.service == "pricing" }
        guard let incident else {
            Issue.record("no exception in catalog or pricing")
            return
        }
        #expect(SideFigures(incident.now).errors("gateway") > SideFigures(incident.before).errors("gateway") + 0.05)
    }

    @Test("without a fault services work as before, but for a few percent")
    func quiet() {
        let incident = SyntheticIncidents(seed: 13, isNoisy: false).incident(0, fault: .noFault)
        let (before, now) = (SideFigures(incident.before), SideFigures(incident.now))
        for service in Self.services {
            let change = now.work(service) / before.work(service)
            #expect((0.75...1.33).contains(change), "\(service)")
            #expect(now.errors(service) < 0.05, "\(service)")
        }
    }

    // MARK: - Noise

    private static func incident(with noise: String) throws -> Incident {
        let all = (0..<60).lazy.map { Self.small.incident($0, fault: .noFault) }
        return try #require(all.first { $0.truth.noise == [noise] })
    }

    @Test("skewed clocks put callees before their callers")
    func skew() throws {
        let now = try Self.incident(with: "skew").now
        let starts = Dictionary(now.spans.map { ($0.spanID, $0.start) }, uniquingKeysWith: { first, _ in first })
        let early = now.spans.count { span in
            span.parentSpanID.flatMap { starts[$0] }.map { $0 > span.start + 10_000_000 } ?? false
        }
        #expect(early > 10)
    }

    @Test("lost spans leave three in ten of the others without a parent")
    func lostSpans() throws {
        let now = try Self.incident(with: "lost_spans").now
        let ids = Set(now.spans.map(\.spanID))
        let children = now.spans.compactMap(\.parentSpanID)
        let orphans = children.count { !ids.contains($0) }
        #expect((0.2...0.4).contains(Double(orphans) / Double(children.count)))
    }

    @Test("a doubled load doubles the traces")
    func load() throws {
        let incident = try Self.incident(with: "load")
        #expect(SideFigures(incident.now).traces >= 120)
        #expect(SideFigures(incident.before).traces <= 80)
    }
}
