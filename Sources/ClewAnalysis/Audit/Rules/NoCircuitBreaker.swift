import ClewModel

/// A dependency that fails for seconds on end and is called on as if it worked.
struct NoCircuitBreaker: AuditDetector {
    static let rule = AuditRule(
        name: "no-circuit-breaker",
        title: "no circuit breaker",
        severity: .high,
        detection: """
            At least half of the calls of a hop fail in each of `seconds` seconds in a row, `calls` calls in all, at \
            no less than half the rate of the time when they do not fail; and no breaker of the caller changes its \
            state or refuses a call. Answers of 4xx are no failures.
            """,
        harm: """
            Callers spend their time and their connections on calls that cannot succeed, and the dependency gets no \
            rest.
            """,
        refutation: "A breaker is there and sends no telemetry, but the rate of calls falls while the callee fails.",
        advice: "Put a circuit breaker around the dependency, and decide what is answered while it is open.",
        parameters: [
            .init("seconds", 8, "seconds in a row in which the calls fail"),
            .init("calls", 20, "calls in that time"),
            .init("share", 0.5, "share of failures, 0 to 1, in each of these seconds"),
        ])

    /// Hops times seconds: an hour of fifty hops.
    private static let capacity = 200_000
    /// A second without a call between two that fail is no rest.
    private static let longestPause: UInt64 = 2
    /// A breaker lets a few probes through in many seconds.
    private static let leastRate = 0.5

    private struct Key: Hashable {
        var caller: String
        var target: String
        /// Since 1970.
        var second: UInt64
    }

    private struct Second {
        var calls = 0
        var failures = AuditTally()

        mutating func merge(_ other: Second) {
            calls += other.calls
            failures.merge(other.failures)
        }
    }

    /// A stretch of time in which a hop fails.
    private struct Outage {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var total = Second()

        var calls: Int { total.calls }
        var failures: AuditTally { total.failures }
        /// From the first second to the last, both included.
        var length: Int { calls == 0 ? 0 : Int(clamping: last - first) + 1 }

        mutating func add(_ count: Second, at second: UInt64) {
            if calls == 0 { first = second }
            last = second
            total.merge(count)
        }
    }

    private let seconds: Int
    private let calls: Int
    private let share: Double
    private var counts = BoundedTable<Key, Second>(capacity: Self.capacity)
    /// Services behind addresses, by caller: a call that does not arrive has only the address.
    private var services = BoundedTable<ServiceHop, String>()
    /// Names of the breakers that showed themselves, by service; an empty name may be any.
    private var breakers = BoundedTable<String, FewNames>()

    /// Names that are kept of one service's breakers: one for each dependency of a large one.
    private static let maximumBreakers = 64

    init(_ settings: AuditSettings) {
        seconds = max(2, settings.count("seconds", of: Self.rule))
        calls = max(1, settings.count("calls", of: Self.rule))
        share = settings.value("share", of: Self.rule)
    }

    mutating func visit(_ trace: AuditTrace) {
        for index in trace.indices { noteBreakers(trace.spans[index]) }
        for call in trace.calls() where !isRefused(call, trace) { count(call, trace) }
    }

    private mutating func count(_ call: ServiceCall, _ trace: AuditTrace) {
        let address = Self.address(of: trace.spans[call.span])
        if call.entry != nil, let address {
            let hop = ServiceHop(caller: call.hop.caller, callee: address)
            // The lesser name, where one address stands for several services, so that order does not matter.
            services.update(hop, initial: call.hop.callee) { $0 = min($0, call.hop.callee) }
        }
        let target = call.entry == nil ? address ?? call.hop.callee : call.hop.callee
        let second = trace.spans[call.span].summary.start / .nanosecondsPerSecond
        let isFailure = trace.isFailure(call)
        counts.update(Key(caller: call.hop.caller, target: target, second: second), initial: Second()) {
            $0.calls += 1
            guard isFailure else { return }
            $0.failures.add(
                nanoseconds: trace.duration(call.span), errors: 1, isTyped: call.isTyped,
                trace.evidence([call.span, call.entry ?? call.span]))
        }
    }

    private mutating func noteBreakers(_ span: AuditSpan) {
        for event in span.events {
            let isChange = event.name == SemanticConventions.circuitBreakerChangeEvent
            let isRefusal = event.attributes[SemanticConventions.errorType]?.stringValue == Self.refusal
            guard isChange || isRefusal else { continue }
            note(event.attributes[SemanticConventions.patternName]?.stringValue ?? "", of: span.summary.service)
        }
        guard span.string(SemanticConventions.errorType) == Self.refusal else { return }
        note(span.summary.target?.name ?? "", of: span.summary.service)
    }

    private mutating func note(_ name: String, of service: String) {
        breakers.update(service, initial: FewNames(capacity: Self.maximumBreakers)) { $0.insert(name) }
    }

    private func isRefused(_ call: ServiceCall, _ trace: AuditTrace) -> Bool {
        call.entry == nil && trace.spans[call.span].string(SemanticConventions.errorType) == Self.refusal
    }

    /// The code of ClewPatterns' `PatternError` for a call that an open breaker refused.
    private static let refusal = "circuit_open"

    private static func address(of span: AuditSpan) -> String? {
        guard let host = span.string(SemanticConventions.serverAddress) else { return nil }
        return span.int(SemanticConventions.serverPort).map { "\(host):\($0)" } ?? host
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        let hops = byHop()
        let general = generalBreakers(Dictionary(grouping: hops.keys, by: \.caller))
        return hops.compactMap { hop, seconds in
            let outage = worstOutage(seconds)
            guard outage.length >= self.seconds, outage.calls >= calls, keepsRate(outage, seconds),
                !general.contains(hop.caller), !hasBreaker(hop)
            else { return nil }
            return finding(hop, outage, seconds.values.reduce(0) { $0 + $1.calls })
        }
    }

    private func finding(_ hop: ServiceHop, _ outage: Outage, _ calls: Int) -> Finding {
        let failures = outage.failures
        let share = AuditStatistics.Share(count: failures.occurrences, total: outage.calls).value
        return Finding(
            rule: Self.rule,
            confidence: failures.isTyped ? .likely : .possible,
            place: hop.text,
            services: [hop.caller, hop.callee],
            summary: """
                \(hop.caller) called \(hop.callee) \(outage.calls) times in \(outage.length) s, while \
                \(AuditStatistics.percent(share)) of the calls failed
                """,
            occurrences: failures.occurrences,
            population: calls,
            cost: failures.cost,
            reason: "the calls went on at their rate, and no breaker refused one or changed its state; one that sends "
                + "no telemetry would have made them fewer",
            evidence: failures.evidence)
    }

    /// Seconds by hop, with addresses replaced by the services behind them.
    private func byHop() -> [ServiceHop: [UInt64: Second]] {
        var hops: [ServiceHop: [UInt64: Second]] = [:]
        for (key, count) in counts.values {
            let callee = services[ServiceHop(caller: key.caller, callee: key.target)] ?? key.target
            let hop = ServiceHop(caller: key.caller, callee: callee)
            hops[hop, default: [:]][key.second, default: Second()].merge(count)
        }
        return hops
    }

    private func worstOutage(_ seconds: [UInt64: Second]) -> Outage {
        var (worst, outage) = (Outage(), Outage())
        for (second, count) in seconds.sorted(by: { $0.key < $1.key }) {
            let isFailing = Double(count.failures.occurrences) >= share * Double(count.calls)
            if !isFailing || (outage.calls > 0 && second - outage.last > Self.longestPause) { outage = Outage() }
            if isFailing { outage.add(count, at: second) }
            if (outage.length, outage.calls) > (worst.length, worst.calls) { worst = outage }
        }
        return worst
    }

    /// Whether the calls did not become fewer; where all of the window fails there is nothing to compare with.
    private func keepsRate(_ outage: Outage, _ seconds: [UInt64: Second]) -> Bool {
        let healthy = seconds.values.filter { Double($0.failures.occurrences) < share * Double($0.calls) }
        guard healthy.count >= self.seconds else { return true }
        let usual = Double(healthy.reduce(0) { $0 + $1.calls }) / Double(healthy.count)
        return Double(outage.calls) / Double(outage.length) >= Self.leastRate * usual
    }

    /// Whether a breaker that showed itself is named after the hop.
    private func hasBreaker(_ hop: ServiceHop) -> Bool {
        breakers[hop.caller]?.all.contains { $0.contains(hop.callee) } ?? false
    }

    /// The callers of which a breaker is named after none of the callees, so that it may be that of any.
    private func generalBreakers(_ hops: [String: [ServiceHop]]) -> Set<String> {
        let general = breakers.values.filter { caller, names in
            let callees = hops[caller] ?? []
            return names.all.contains { name in !callees.contains { name.contains($0.callee) } }
        }
        return Set(general.keys)
    }
}
