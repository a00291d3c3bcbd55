import ClewModel

/// Failed calls that are repeated at once and often, which keeps what fails from getting better.
struct RetryStorm: AuditDetector {
    static let rule = AuditRule(
        name: "retry-storm",
        title: "retry storm",
        severity: .high,
        detection: """
            At least `repeats` calls of a hop, and at least `share` of all its calls, repeat one that failed, and at \
            least half of them begin within `gap-ms` of that failure, with gaps that do not grow.
            """,
        harm: "A dependency that is overloaded gets more load from those that wait for it, and stays overloaded.",
        refutation: """
            The callee failed by chance and not for want of capacity, and the first repetition mostly succeeded.
            """,
        advice: "Wait exponentially longer, with full jitter; keep repetitions within a budget, a tenth of the calls.",
        parameters: [
            .init("repeats", 15, "repeated calls in the window"),
            .init("share", 0.15, "share of the hop's calls, 0 to 1, that repeat another"),
            .init("gap-ms", 10, "milliseconds between a failure and its repetition that are no backoff"),
        ])

    /// Gaps grow where the last is at least twice the first and longer than what a busy machine adds.
    private static let leastGrowth: UInt64 = 2_000_000

    private struct Hop {
        var calls = 0
        var tally = AuditTally()
        var repeats = 0
        var gaps = DurationHistogram()
        var mostAttempts = 0
        /// Calls with at least three attempts, and those of them whose gaps grow.
        var long = 0
        var growing = 0
        var isStated = true
    }

    private let repeats: Int
    private let share: Double
    private let gap: UInt64
    private var hops: BoundedTable<ServiceHop, Hop> = .ofHistograms

    init(_ settings: AuditSettings) {
        repeats = max(1, settings.count("repeats", of: Self.rule))
        share = settings.value("share", of: Self.rule)
        gap = settings.nanoseconds("gap-ms", of: Self.rule)
    }

    mutating func visit(_ trace: AuditTrace) {
        let calls = trace.calls()
        for call in calls { hops.update(call.hop, initial: Hop()) { $0.calls += 1 } }
        for call in RepeatedCall.all(in: trace, calls) { count(call, trace) }
    }

    private mutating func count(_ call: RepeatedCall, _ trace: AuditTrace) {
        let gaps = zip(call.attempts, call.repeats).map { trace.gap(from: $0.span, to: $1.span) ?? 0 }
        let cost = call.repeats.reduce(UInt64(0)) { $0.saturatingAdd(trace.duration($1.span)) }
        let isTyped = call.attempts.allSatisfy(\.isTyped)
        let grows = Self.grow(gaps)
        let note = "\(call.attempts.count) attempts, at least \(DurationText.format(gaps.min() ?? 0)) apart"
        hops.update(call.hop, initial: Hop()) {
            $0.repeats += gaps.count
            for gap in gaps { $0.gaps.record(gap) }
            $0.mostAttempts = max($0.mostAttempts, call.attempts.count)
            if gaps.count > 1 { $0.long += 1 }
            if grows { $0.growing += 1 }
            $0.isStated = $0.isStated && call.isStated
            $0.tally.add(
                nanoseconds: cost, errors: gaps.count, isTyped: isTyped,
                trace.evidence(call.attempts.map(\.span), note))
        }
    }

    private static func grow(_ gaps: [UInt64]) -> Bool {
        guard gaps.count > 1, let first = gaps.first, let last = gaps.last else { return false }
        return last >= leastGrowth && last / 2 >= first
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        hops.values.filter { isStorm($0.value) }.map { hop, count in
            Finding(
                rule: Self.rule,
                confidence: !count.tally.isTyped ? .possible : count.isStated ? .certain : .likely,
                place: hop.text,
                services: [hop.caller, hop.callee],
                summary: """
                    \(count.repeats) of \(count.calls) calls from \(hop.caller) to \(hop.callee) repeat a failed \
                    one, up to \(count.mostAttempts) attempts, half of them within \
                    \(DurationText.format(count.gaps.median))
                    """,
                occurrences: count.repeats,
                population: max(count.calls, count.repeats),
                cost: count.tally.cost,
                reason: count.isStated
                    ? "the caller counts its repetitions, and they follow the failures without a wait"
                    : "the caller does not say that it repeats: the same call follows its failure without a wait",
                evidence: count.tally.evidence)
        }
    }

    private func isStorm(_ hop: Hop) -> Bool {
        hop.repeats >= repeats && Double(hop.repeats) >= share * Double(hop.calls) && hop.gaps.median <= gap
            && 2 * hop.growing <= hop.long
    }
}
