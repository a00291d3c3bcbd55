import ClewModel

/// A service whose work takes a few percent of the way to it.
struct NanoService: AuditDetector {
    static let rule = AuditRule(
        name: "nano-service",
        title: "nano-service",
        severity: .low,
        detection: """
            Nine in ten of at least `calls` calls to a service wait at least `overhead-ms` longer than it works, and \
            its median work is at most `share` of such a wait; and the service neither calls another nor asks a \
            database nor sends or gets messages in the window.
            """,
        harm: "The way to the service costs many times its work, and it can fail where a function cannot.",
        refutation: """
            The service is apart for another reason: its own team, its secrets, its scaling; or it is only the \
            network that is slow at the moment.
            """,
        advice: "Make it a library of its callers, or give it the data and the decisions that belong to its work.",
        parameters: [
            .init("share", 0.1, "share of the wait, 0 to 1, that is work"),
            .init("overhead-ms", 5, "milliseconds that the way takes, there and back, in nine of ten calls"),
            .init("calls", 20, "calls in the window"),
        ])

    /// The share of quickest calls that show what the way costs. What others wait longer is for a busy caller, a queue
    /// or a network in trouble, which says nothing about how services are cut.
    private static let quickest = 0.1

    private struct Callee {
        /// What callers waited longer than the callee worked.
        var ways = DurationHistogram()
        var works = DurationHistogram()
        var tally = AuditTally()
        var callers = FewNames()
    }

    private let share: Double
    private let overhead: UInt64
    private let calls: Int
    private var callees: BoundedTable<String, Callee> = .ofHistograms
    /// Services that have data or partners of their own.
    private var busy = BoundedTable<String, Bool>()

    init(_ settings: AuditSettings) {
        share = settings.value("share", of: Self.rule)
        overhead = settings.nanoseconds("overhead-ms", of: Self.rule)
        calls = max(1, settings.count("calls", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        let entries = trace.entries()
        for index in trace.indices where Self.isBusy(index, trace) && Self.isAsked(entries[index], trace) {
            busy.update(trace.service(index), initial: true) { $0 = true }
        }
        for call in trace.calls() {
            if Self.isAsked(entries[call.span], trace) { busy.update(call.hop.caller, initial: true) { $0 = true } }
            // Without the caller's span the wait is not known; what failed shows no work.
            guard let entry = call.entry, entry != call.span, !trace.isError(call.span) else { continue }
            count(call, entry, trace)
        }
    }

    private mutating func count(_ call: ServiceCall, _ entry: Int, _ trace: AuditTrace) {
        let (wait, work) = (trace.duration(call.span), trace.duration(entry))
        let way = wait > work ? wait - work : 0
        callees.update(call.hop.callee, initial: Callee()) {
            $0.ways.record(way)
            $0.works.record(work)
            $0.callers.insert(call.hop.caller)
            let note = "\(DurationText.format(work)) of work in \(DurationText.format(wait))"
            $0.tally.add(nanoseconds: way, isTyped: call.isTyped, trace.evidence([call.span, entry], note))
        }
    }

    private static func isBusy(_ index: Int, _ trace: AuditTrace) -> Bool {
        let kind = trace.kind(index)
        if kind == .producer || kind == .consumer || kind == .client || trace.isDatabaseCall(index) { return true }
        return kind == .unspecified && SQLName.isQuery(trace.spans[index].summary.name)
    }

    /// Whether what begins with an entry is what its service was asked to do: that it registers somewhere when it
    /// starts does not make a service large.
    private static func isAsked(_ entry: Int, _ trace: AuditTrace) -> Bool {
        trace.spans[entry].summary.isEntry || trace.trace.parent(of: entry) != nil
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        callees.values.compactMap { service, callee in
            let (way, work) = (callee.ways.quantile(Self.quickest), callee.works.median)
            guard busy[service] == nil, callee.tally.occurrences >= calls, way >= overhead,
                Double(work) <= share * (Double(way) + Double(work))
            else { return nil }
            return finding(service, callee, way, work)
        }
    }

    private func finding(_ service: String, _ callee: Callee, _ way: UInt64, _ work: UInt64) -> Finding {
        Finding(
            rule: Self.rule,
            confidence: callee.tally.isTyped ? .likely : .possible,
            place: service,
            services: [service] + callee.callers.sorted,
            summary: """
                \(service) works for \(DurationText.format(work)) (median), and the way there and back takes at \
                least \(DurationText.format(way)) in nine of ten calls
                """,
            occurrences: callee.tally.occurrences,
            population: callee.tally.occurrences,
            cost: callee.tally.cost,
            reason: "durations of both sides, so that clocks do not matter; no database, call or message of the "
                + "service is in the window",
            evidence: callee.tally.evidence)
    }
}
