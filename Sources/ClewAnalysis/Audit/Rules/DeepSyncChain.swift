import ClewModel

/// Services that wait for services that wait for services: on the critical path, synchronously, one below the other.
struct DeepSyncChain: AuditDetector {
    static let rule = AuditRule(
        name: "deep-sync-chain",
        title: "deep synchronous chain",
        severity: .medium,
        detection: """
            The critical path of a request goes through at least `depth` services, each called synchronously by the \
            one before, in at least `traces` traces.
            """,
        harm: """
            The request is as slow as all of them together, and works only while all of them do: five services of \
            99.9 % each make 99.5 %.
            """,
        refutation: "The deeper services are not needed for the answer, or answer from a cache most of the time.",
        advice: """
            Let the last services learn what they need from events, pass what is known down with the call, or answer \
            before the rest is done.
            """,
        parameters: [
            .init("depth", 5, "services below one another, the first included"),
            .init("traces", 5, "traces that show the chain"),
        ])

    /// Services of a chain that a place names; a longer one is cut.
    private static let longestPlace = 16

    private let depth: Int
    private let minimum: Int
    private var chains = BoundedTable<[String], AuditTally>()
    private var traceCount = 0

    init(_ settings: AuditSettings) {
        depth = max(2, settings.count("depth", of: Self.rule))
        minimum = max(1, settings.count("traces", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        traceCount += 1
        let depths = Self.depths(trace)
        guard depths.contains(where: { $0 >= depth }) else { return }
        let path = CriticalPath(of: trace.trace)
        let candidates = trace.indices.filter { path.contains($0) && depths[$0] >= depth }
        guard let deepest = candidates.max(by: { depths[$0] < depths[$1] }) else { return }
        let entries = Self.entries(to: deepest, depths, trace)
        let cost = Self.wait(for: entries[depth - 1], trace)
        let isTyped = entries.dropFirst().allSatisfy { trace.kind($0) == .server }
        let note = "\(entries.count) services deep, \(DurationText.format(cost)) below the first \(depth - 1)"
        chains.update(entries.prefix(Self.longestPlace).map { trace.service($0) }, initial: AuditTally()) {
            $0.add(nanoseconds: cost, isTyped: isTyped, trace.evidence(entries, note))
        }
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        chains.values.filter { $0.value.occurrences >= minimum }.map { services, tally in
            Finding(
                rule: Self.rule,
                confidence: tally.isTyped ? .certain : .possible,
                place: services.joined(separator: " -> "),
                services: Array(Set(services)).sorted { Self.rank($0, services) > Self.rank($1, services) },
                summary: """
                    \(tally.occurrences) of \(traceCount) requests waited for \(services.count) services one below \
                    the other, \(DurationText.format(tally.meanNanoseconds)) each in those beyond the first \
                    \(depth - 1)
                    """,
                occurrences: tally.occurrences,
                population: traceCount,
                cost: tally.cost,
                reason: tally.isTyped
                    ? "every step is a client span and its server span on the critical path"
                    : "the spans have no kinds, so that whether each step is waited for is read from their times",
                evidence: tally.evidence)
        }
    }

    /// The last of a chain comes first: it is the one to leave out.
    private static func rank(_ service: String, _ chain: [String]) -> Int { chain.lastIndex(of: service) ?? 0 }

    /// Of each span, how many services wait for one another down to it; messages begin anew.
    private static func depths(_ trace: AuditTrace) -> [Int] {
        var depths = Array(repeating: 1, count: trace.spans.count)
        for index in trace.indices {
            guard let parent = trace.trace.parent(of: index), isWaitedFor(index, by: parent, trace) else { continue }
            depths[index] = depths[parent] + (trace.service(index) == trace.service(parent) ? 0 : 1)
        }
        return depths
    }

    private static func isWaitedFor(_ index: Int, by parent: Int, _ trace: AuditTrace) -> Bool {
        trace.kind(index) != .consumer && trace.kind(parent) != .producer
    }

    /// The spans by which the services of a chain were entered, the first of them first.
    private static func entries(to deepest: Int, _ depths: [Int], _ trace: AuditTrace) -> [Int] {
        var entries = [deepest]
        var index = deepest
        while let parent = trace.trace.parent(of: index), isWaitedFor(index, by: parent, trace) {
            if depths[parent] == depths[index] {
                entries[entries.count - 1] = parent
            } else {
                entries.append(parent)
            }
            index = parent
        }
        return entries.reversed()
    }

    /// How long the caller waited for what was entered here.
    private static func wait(for entry: Int, _ trace: AuditTrace) -> UInt64 {
        guard let parent = trace.trace.parent(of: entry), trace.kind(parent) == .client else {
            return trace.duration(entry)
        }
        return trace.duration(parent)
    }
}
