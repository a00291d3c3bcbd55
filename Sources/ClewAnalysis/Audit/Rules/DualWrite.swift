import ClewModel

/// A request that writes its database and publishes a message itself: one can happen without the other.
struct DualWrite: AuditDetector {
    static let rule = AuditRule(
        name: "dual-write",
        title: "dual write without outbox",
        severity: .high,
        detection: """
            Under one request or message a service writes a database and sends a message itself, in at least \
            `requests` requests of one operation. A relay's publication is none: its span has `clew.outbox.lag`, or a \
            link to what it publishes for. Nor is one beside a write to a table that is named as an outbox.
            """,
        harm: """
            A crash, or a broker that is away, between the two leaves a change that nobody hears of, or a message \
            about one that never was.
            """,
        refutation: "The message has nothing to do with the write, or its loss is noticed and made up for elsewhere.",
        advice: "Write the message to an outbox table in the transaction of the change, and let a relay publish it.",
        parameters: [.init("requests", 5, "requests that write and send")])

    private struct Place: Hashable {
        var request: ServiceOperation
        var destination: String
    }

    private struct Count {
        var tally = AuditTally()
        /// Occurrences in which the span says that it wrote.
        var known = 0
        /// Occurrences in which one of the two failed and the other did not.
        var torn = 0
    }

    /// What one request did, by places in its trace.
    private struct Work {
        var writes: [Int] = []
        var unknown: [Int] = []
        var failedWrites: [Int] = []
        var publications: [Int] = []
        var hasOutbox = false
    }

    private let minimum: Int
    private var places = BoundedTable<Place, Count>()
    private var requests = BoundedTable<ServiceOperation, Int>()

    init(_ settings: AuditSettings) {
        minimum = max(1, settings.count("requests", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        let entries = trace.entries()
        var work: [Int: Work] = [:]
        for index in trace.indices {
            if entries[index] == index { requests.update(trace.operation(index), initial: 0) { $0 += 1 } }
            Self.note(index, trace, &work[entries[index], default: Work()])
        }
        for (entry, work) in work where !work.publications.isEmpty && !work.hasOutbox {
            let byDestination = Dictionary(grouping: work.publications) { trace.spans[$0].summary.target?.name ?? "" }
            for (destination, publications) in byDestination {
                let place = Place(request: trace.operation(entry), destination: destination)
                count(place, entry, publications, work, trace)
            }
        }
    }

    private static func note(_ index: Int, _ trace: AuditTrace, _ work: inout Work) {
        let span = trace.spans[index]
        if trace.isDatabaseCall(index) {
            if isOutbox(span) { work.hasOutbox = true }
            switch DatabaseAccess(span) {
            case .write where trace.isError(index): work.failedWrites.append(index)
            case .write: work.writes.append(index)
            case .unknown: work.unknown.append(index)
            case .read, .other: break
            }
        } else if isDirectPublication(index, trace) {
            work.publications.append(index)
        }
    }

    private mutating func count(
        _ place: Place, _ entry: Int, _ publications: [Int], _ work: Work, _ trace: AuditTrace
    ) {
        let sent = publications.filter { !trace.isError($0) }
        let writes = work.writes.isEmpty ? work.unknown : work.writes
        let isTorn = sent.isEmpty ? !work.writes.isEmpty : work.writes.isEmpty && !work.failedWrites.isEmpty
        guard !writes.isEmpty || isTorn else { return }
        let time = publications.reduce(UInt64(0)) { $0.saturatingAdd(trace.duration($1)) }
        let spans = [entry] + (writes.isEmpty ? work.failedWrites : writes).prefix(3) + publications.prefix(4)
        let both = [CountText.counted(writes.count, "write"), CountText.counted(publications.count, "message")]
        let note = isTorn ? "one of the two failed" : both.joined(separator: ", ")
        places.update(place, initial: Count()) {
            if !work.writes.isEmpty || isTorn { $0.known += 1 }
            if isTorn { $0.torn += 1 }
            $0.tally.add(nanoseconds: time, errors: isTorn ? 1 : 0, trace.evidence(spans, note))
        }
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        places.values.filter { $0.value.tally.occurrences >= minimum }.map { place, count in
            let (tally, request) = (count.tally, place.request)
            let isKnown = count.known >= minimum
            let seen = CountText.counted(tally.occurrences, "request")
            let torn = count.torn > 0 ? "; in \(count.torn) of them one of the two failed" : ""
            return Finding(
                rule: Self.rule,
                confidence: isKnown ? .likely : .possible,
                place: "\(request.text) => \(place.destination.isEmpty ? Hop.unknownTarget : place.destination)",
                services: [request.service],
                summary: "\(seen) wrote a database and sent a message themselves\(torn)",
                occurrences: tally.occurrences,
                population: max(tally.occurrences, requests[request] ?? 0),
                cost: tally.cost,
                reason: isKnown
                    ? "the write and the message belong to one request, and no outbox is to be seen"
                    : "the database spans name no operation, so that it may only have been read",
                evidence: tally.evidence)
        }
    }

    private static func isDirectPublication(_ index: Int, _ trace: AuditTrace) -> Bool {
        let span = trace.spans[index]
        let type = span.string(SemanticConventions.messagingOperationType)
        let sends = span.summary.kind == .producer || type == "send" || type == "publish"
        return sends && span.linkCount == 0 && span.double(SemanticConventions.outboxLag) == nil
    }

    /// A message that is also in an outbox is published early, and not lost.
    private static func isOutbox(_ span: AuditSpan) -> Bool {
        guard DatabaseAccess(span) != .read else { return false }
        let table = span.string(SemanticConventions.dbCollectionName)
        return (table ?? span.string(SemanticConventions.dbQueryText) ?? "").lowercased().contains("outbox")
    }
}
