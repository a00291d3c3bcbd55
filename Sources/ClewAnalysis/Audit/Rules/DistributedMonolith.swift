import ClewModel

/// Services that call each other in a circle: neither can be released, or fail, alone.
struct DistributedMonolith: AuditDetector {
    static let rule = AuditRule(
        name: "distributed-monolith",
        title: "distributed monolith (cycle of calls)",
        severity: .high,
        detection: """
            In at least `traces` traces a service that waits for a call is itself called, synchronously, by a \
            service below it. Messages do not count.
            """,
        harm: """
            The services need each other to be up, are released together, and can use up each other's connections \
            waiting for themselves.
            """,
        refutation: "The service that is entered twice only passes calls on, as a gateway or a proxy does.",
        advice: """
            Send what the lower service asks for with the call, let it learn it from events, or move what both need \
            into one.
            """,
        parameters: [.init("traces", 5, "traces that show the cycle")])

    /// Services between the two entries of one, at most: a longer way back is not looked for.
    private static let longestCycle = 16

    private let minimum: Int
    private var cycles = BoundedTable<[String], AuditTally>()
    /// Traces by service.
    private var appearances = BoundedTable<String, Int>()

    init(_ settings: AuditSettings) {
        minimum = max(1, settings.count("traces", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        for service in trace.trace.services { appearances.update(service, initial: 0) { $0 += 1 } }
        let entries = trace.entries()
        var seen: [[String]: (cost: UInt64, spans: [Int], isTyped: Bool)] = [:]
        for index in trace.indices where entries[index] == index {
            guard let way = Self.wayBack(from: index, entries, trace) else { continue }
            let services = way.map { trace.service($0) }
            let isTyped = way.dropFirst().allSatisfy { trace.kind($0) == .server }
            let before = seen[services] ?? (0, way, true)
            let cost = before.cost.saturatingAdd(trace.duration(index))
            seen[services] = (cost, before.spans, before.isTyped && isTyped)
        }
        for (services, found) in seen {
            cycles.update(services, initial: AuditTally()) {
                $0.add(nanoseconds: found.cost, isTyped: found.isTyped, trace.evidence(found.spans))
            }
        }
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        cycles.values.filter { $0.value.occurrences >= minimum }.map { services, tally in
            let first = services.first ?? ""
            let population = appearances[first] ?? tally.occurrences
            return Finding(
                rule: Self.rule,
                confidence: tally.isTyped ? .certain : .possible,
                place: services.joined(separator: " -> "),
                services: Array(services.dropFirst().reversed()),
                summary: """
                    \(first) waits for itself by way of \(services.dropFirst().dropLast().joined(separator: ", ")), \
                    \(DurationText.format(tally.meanNanoseconds)) each time
                    """,
                occurrences: tally.occurrences,
                population: population,
                cost: tally.cost,
                reason: tally.isTyped
                    ? "both entries are server spans of one trace, one below the other; \(tally.occurrences) of the "
                        + "\(population) traces with \(first) go round"
                    : "the spans have no kinds, so that whether the calls are waited for is read from their times",
                evidence: tally.evidence)
        }
    }

    /// The entries from the nearest earlier one of the same service down to this one, if it is waited for.
    private static func wayBack(from index: Int, _ entries: [Int], _ trace: AuditTrace) -> [Int]? {
        var way = [index]
        var entry = index
        for _ in 0..<longestCycle {
            guard let parent = trace.trace.parent(of: entry), isWaitedFor(entry, by: parent, trace) else { return nil }
            entry = entries[parent]
            way.append(entry)
            guard trace.service(entry) == trace.service(index) else { continue }
            // An instance that calls another of the same service is no cycle of services.
            return way.count > 2 ? Array(way.reversed()) : nil
        }
        return nil
    }

    private static func isWaitedFor(_ entry: Int, by parent: Int, _ trace: AuditTrace) -> Bool {
        trace.kind(entry) != .consumer && trace.kind(parent) != .producer
    }
}
