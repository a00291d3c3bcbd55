import ClewModel

/// Requests whose traces are in pieces, because something did not hand the context on.
///
/// Three signs, each of which names the hop: calls, consumers and relays that begin a trace without a link; spans whose
/// parent is missing; traces of one correlation id that no link connects.
struct BrokenContext: AuditDetector {
    static let rule = AuditRule(
        name: "broken-context",
        title: "broken context",
        severity: .medium,
        detection: """
            In at least `requests` traces, and more than `share` of those that pass one place: a call begins a trace \
            though its service handles requests, or a consumer or an outbox's relay begins one without a link; or \
            spans name a parent that is missing, but for traces within `edge-ms` of the window's edges; or two traces \
            have one correlation id and no link between them, and the second begins elsewhere than at a client's \
            request.
            """,
        harm: "A request cannot be followed over that hop: its time and its errors there are explained by nothing.",
        refutation: """
            What begins a trace there is no part of a request, or the missing spans are sent to another collector, or \
            were not sampled.
            """,
        advice: """
            Hand the context on: inject it into headers and messages, store it with outbox rows, and carry it into \
            tasks and queues within the process.
            """,
        parameters: [
            .init("requests", 5, "traces that show it in one place"),
            .init("share", 0.05, "share of the traces that pass the place, 0 to 1"),
            .init("edge-ms", 5_000, "milliseconds from the window's edges within which parents may be missing"),
        ])

    struct Limits: Sendable {
        var requests: Int
        var share: Double
        /// Nanoseconds.
        var edge: UInt64
    }

    /// Services that handle requests or messages.
    private var handlers = BoundedTable<String, Int>()
    private var roots: UnlinkedRoots
    private var orphans: OrphanSpans
    private var requests: SplitRequests

    init(_ settings: AuditSettings) {
        let limits = Limits(
            requests: max(1, settings.count("requests", of: Self.rule)),
            share: settings.value("share", of: Self.rule),
            edge: settings.nanoseconds("edge-ms", of: Self.rule))
        roots = UnlinkedRoots(limits)
        orphans = OrphanSpans(limits)
        requests = SplitRequests(limits)
    }

    mutating func visit(_ trace: AuditTrace) {
        for span in trace.spans where span.summary.isEntry {
            handlers.update(span.summary.service, initial: 0) { $0 += 1 }
        }
        roots.visit(trace)
        orphans.visit(trace)
        requests.visit(trace)
    }

    /// One finding for each place: of several signs the surest.
    func findings(at end: UnixNanoseconds) -> [Finding] {
        var places: [String: Finding] = [:]
        for finding in requests.findings(handlers) + roots.findings(handlers) + orphans.findings() {
            if let other = places[finding.place], !Self.isSurer(finding, other) { continue }
            places[finding.place] = finding
        }
        return Array(places.values)
    }

    private static func isSurer(_ finding: Finding, _ other: Finding) -> Bool {
        let (sureness, otherSureness) = (
            (finding.confidence, finding.occurrences), (other.confidence, other.occurrences)
        )
        return sureness != otherSureness ? sureness > otherSureness : Audit.precedes(finding, other)
    }
}
