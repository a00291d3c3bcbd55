import ClewModel

/// Callers that give up before the callee does, and callers that never give up.
struct InvertedTimeout: AuditDetector {
    static let rule = AuditRule(
        name: "inverted-timeout",
        title: "missing or inverted timeout",
        severity: .medium,
        detection: """
            The callee works on for at least `overrun-ms` after its caller gave up, in at least `calls` calls of a \
            hop and at least `share` of them. Or callers waited at least `wait-ms`, 20 times the hop's median, at \
            least three times, and none of these waits ended in an error.
            """,
        harm: "The callee's capacity goes into answers that nobody waits for; where nobody gives up, into waiting.",
        refutation: "The caller starts the work and does not want its answer, or the long call is meant to stay open.",
        advice: """
            Send the deadline with the request and stop at it; make each timeout longer than those below it \
            together.
            """,
        parameters: [
            .init("overrun-ms", 100, "milliseconds that the callee goes on after the caller"),
            .init("calls", 5, "calls that show it"),
            .init("share", 0.02, "share of the hop's calls, 0 to 1"),
            .init("wait-ms", 10_000, "milliseconds of waiting after which a caller should have given up"),
        ])

    /// Long waits are compared with the usual one, so that calls that are meant to stay open are not taken for waits.
    private static let unusual = 20.0
    private static let leastWaits = 3

    private struct Hop {
        var calls = 0
        var waits = DurationHistogram()
        var overruns = AuditTally()
        /// Of the overruns.
        var excess = DurationHistogram()
        var long = AuditTally()
        var longest: UInt64 = 0
    }

    private let overrun: UInt64
    private let minimum: Int
    private let share: Double
    private let wait: UInt64
    private var hops: BoundedTable<ServiceHop, Hop> = .ofHistograms

    init(_ settings: AuditSettings) {
        overrun = settings.nanoseconds("overrun-ms", of: Self.rule)
        minimum = max(1, settings.count("calls", of: Self.rule))
        share = settings.value("share", of: Self.rule)
        wait = max(1, settings.nanoseconds("wait-ms", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        // Without the caller's span there is no wait to compare with.
        for call in trace.calls() where call.span != call.entry { count(call, trace) }
    }

    private mutating func count(_ call: ServiceCall, _ trace: AuditTrace) {
        let waited = trace.duration(call.span)
        let isGivenUp = trace.isGivenUp(call)
        let excess = isGivenUp ? Self.excess(of: call, trace) : 0
        let (isOverrun, isLong) = (excess > 0 && excess >= overrun, waited >= wait && !isGivenUp)
        let spans = [call.span, call.entry ?? call.span]
        hops.update(call.hop, initial: Hop()) {
            $0.calls += 1
            $0.waits.record(waited)
            if isOverrun {
                $0.excess.record(excess)
                let note = "went on for \(DurationText.format(excess)) after \(DurationText.format(waited))"
                $0.overruns.add(errors: 1, isTyped: call.isTyped, weight: excess, trace.evidence(spans, note))
            }
            if isLong {
                $0.longest = max($0.longest, waited)
                let note = "waited \(DurationText.format(waited))"
                $0.long.add(nanoseconds: waited, isTyped: call.isTyped, trace.evidence(spans, note))
            }
        }
    }

    /// Nanoseconds that the callee's span went on after the caller's.
    ///
    /// Where the clocks differ, only how much longer the callee's took is sure.
    private static func excess(of call: ServiceCall, _ trace: AuditTrace) -> UInt64 {
        guard let entry = call.entry, trace.kind(entry) != .consumer else { return 0 }
        let (start, end) = (trace.trace.start(of: call.span), trace.trace.end(of: call.span))
        let isOnOneClock =
            !trace.trace.annotations(of: entry).contains(.clockSkew)
            && (start...end).contains(trace.trace.start(of: entry))
        if isOnOneClock { return trace.trace.end(of: entry) > end ? trace.trace.end(of: entry) - end : 0 }
        let (waited, took) = (end - start, trace.duration(entry))
        return took > waited ? took - waited : 0
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        hops.values.flatMap { hop, count in
            [overrunFinding(hop, count), waitFinding(hop, count)].compactMap { $0 }
        }
    }

    private func overrunFinding(_ hop: ServiceHop, _ count: Hop) -> Finding? {
        let tally = count.overruns
        guard tally.occurrences >= minimum, Double(tally.occurrences) >= share * Double(count.calls) else { return nil }
        return Finding(
            rule: Self.rule,
            confidence: tally.isTyped ? .certain : .possible,
            place: hop.text,
            services: [hop.callee, hop.caller],
            summary: """
                \(hop.callee) worked on for \(DurationText.format(count.excess.median)) (median) after \(hop.caller) \
                gave up, in \(tally.occurrences) of \(count.calls) calls
                """,
            occurrences: tally.occurrences,
            population: count.calls,
            cost: tally.cost,
            reason: "the caller's span ended without an answer, and the callee's, which began within it, long after it",
            evidence: tally.evidence)
    }

    private func waitFinding(_ hop: ServiceHop, _ count: Hop) -> Finding? {
        let (tally, median) = (count.long, count.waits.median)
        guard tally.occurrences >= Self.leastWaits, Double(wait) >= Self.unusual * Double(median) else { return nil }
        return Finding(
            rule: Self.rule,
            confidence: .possible,
            place: "\(hop.text) (no timeout)",
            services: [hop.caller, hop.callee],
            summary: """
                \(hop.caller) waited up to \(DurationText.format(count.longest)) for \(hop.callee) without giving \
                up, where \(DurationText.format(median)) is usual
                """,
            occurrences: tally.occurrences,
            population: count.calls,
            cost: tally.cost,
            reason: "long waits that end in an answer; a timeout that is longer still would look the same",
            evidence: tally.evidence)
    }
}
