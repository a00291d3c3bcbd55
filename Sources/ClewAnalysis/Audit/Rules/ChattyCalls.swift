import ClewModel

/// One request that asks the same thing many times over, one after the other: N+1.
struct ChattyCalls: AuditDetector {
    static let rule = AuditRule(
        name: "n-plus-one",
        title: "chatty calls (N+1)",
        severity: .medium,
        detection: """
            One request makes at least `calls` calls of one shape to another service, or reads of one shape from a \
            database, one after the other, which take at least `cost-ms` in all, in at least `traces` requests.
            """,
        harm: "Each call pays for the way there and back again, and the request grows slower with its data.",
        refutation: "Each call needs the answer of the one before, or the callee has no way to ask for many at once.",
        advice: "Ask for all of them in one call, a batch or a join; or else ask in parallel, within a bound.",
        parameters: [
            .init("calls", 8, "calls of one shape in one request; of a batch of messages, for each message"),
            .init("traces", 3, "requests that show it"),
            .init("cost-ms", 5, "milliseconds that the calls of one request take"),
        ])

    /// The share of the calls of one shape that must not overlap: the rest may be a second round.
    private static let sequentialShare = 0.75

    /// Operations that change data or frame a transaction. An embedded database has no better way to change many rows
    /// than one by one.
    private static let changes: Set<String> = [
        "INSERT", "UPDATE", "DELETE", "REPLACE", "UPSERT", "MERGE", "BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT",
        "RELEASE", "CREATE", "ALTER", "DROP", "PRAGMA", "SET", "HSET", "DEL", "EXPIRE", "INCR",
    ]

    private struct Shape: Hashable {
        var request: Int
        var target: ServiceOperation
        var isDatabase: Bool
    }

    private struct Place: Hashable {
        var request: ServiceOperation
        var target: ServiceOperation
        var isDatabase: Bool
    }

    private struct Count {
        var tally = AuditTally()
        var calls = 0
    }

    private let calls: Int
    private let minimum: Int
    private let cost: UInt64
    private var places = BoundedTable<Place, Count>()
    private var requests = BoundedTable<ServiceOperation, Int>()

    init(_ settings: AuditSettings) {
        calls = max(2, settings.count("calls", of: Self.rule))
        minimum = max(1, settings.count("traces", of: Self.rule))
        cost = settings.nanoseconds("cost-ms", of: Self.rule)
    }

    mutating func visit(_ trace: AuditTrace) {
        let entries = trace.entries()
        for index in trace.indices where entries[index] == index {
            requests.update(trace.operation(index), initial: 0) { $0 += 1 }
        }
        for (shape, spans) in Self.groups(trace, entries) {
            let messages = Self.messages(shape.request, trace)
            guard spans.count >= calls, spans.count / messages >= calls else { continue }
            judge(spans, shape, trace)
        }
    }

    private mutating func judge(_ spans: [Int], _ shape: Shape, _ trace: AuditTrace) {
        let run = Self.sequence(spans, trace)
        guard run.count >= calls, Double(run.count) >= Self.sequentialShare * Double(spans.count) else { return }
        let durations = run.map { trace.duration($0) }
        let total = durations.reduce(UInt64(0)) { $0.saturatingAdd($1) }
        guard total >= cost else { return }
        // One call would have been needed in any case; it may take as long as the longest.
        let saved = total - (durations.max() ?? 0)
        let isTyped = run.allSatisfy { trace.kind($0) == .client }
        let note = "\(run.count) calls, \(DurationText.format(total))"
        let place = Place(
            request: trace.operation(shape.request), target: shape.target, isDatabase: shape.isDatabase)
        places.update(place, initial: Count()) {
            $0.calls += run.count
            $0.tally.add(nanoseconds: saved, isTyped: isTyped, trace.evidence([shape.request] + run, note))
        }
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        places.values.filter { $0.value.tally.occurrences >= minimum }.map { place, count in
            let (tally, target) = (count.tally, place.target)
            let kind = place.isDatabase ? "reads from" : "calls to"
            return Finding(
                rule: Self.rule,
                confidence: tally.isTyped ? .likely : .possible,
                place: "\(place.request.text) -> \(target.text)",
                services: place.isDatabase ? [place.request.service] : [place.request.service, target.service],
                summary: """
                    \(count.calls / tally.occurrences) \(kind) \(target.text) one after the other in one request; \
                    one for all would save about \(DurationText.format(tally.meanNanoseconds))
                    """,
                occurrences: tally.occurrences,
                population: max(tally.occurrences, requests[place.request] ?? 0),
                cost: tally.cost,
                reason: tally.isTyped
                    ? "calls of one shape under one request that do not overlap; whether one needs another's answer is "
                        + "not visible"
                    : "the spans have no kinds, so that calls are told from work by the services or by their names",
                evidence: tally.evidence)
        }
    }

    private static func groups(_ trace: AuditTrace, _ entries: [Int]) -> [Shape: [Int]] {
        var groups: [Shape: [Int]] = [:]
        for call in trace.calls() where trace.resends(of: call) == 0 {
            let shape = Shape(request: call.request, target: trace.operation(of: call), isDatabase: false)
            groups[shape, default: []].append(call.span)
        }
        for index in trace.indices where isRead(index, trace) {
            let target = ServiceOperation(service: database(index, trace), name: query(index, trace))
            groups[Shape(request: entries[index], target: target, isDatabase: true), default: []].append(index)
        }
        return groups
    }

    private static func isRead(_ index: Int, _ trace: AuditTrace) -> Bool {
        let span = trace.spans[index]
        guard trace.isDatabaseCall(index), !span.summary.isEntry else {
            // Of senders without kinds and attributes only the name says that a span asks a database.
            return trace.kind(index) == .unspecified && SQLName.isRead(span.summary.name)
                && trace.trace.children(of: index).isEmpty
        }
        let operation = span.string(SemanticConventions.dbOperationName) ?? span.string("db.operation")
        let words = (operation ?? span.summary.name).split(separator: " ")
        return !words.contains { changes.contains($0.uppercased()) }
    }

    private static func database(_ index: Int, _ trace: AuditTrace) -> String {
        guard let target = trace.spans[index].summary.target else { return trace.service(index) }
        return target.name.isEmpty ? target.system : target.name
    }

    /// What tells one query from another, and is the same for all values: never the text, which may hold them.
    private static func query(_ index: Int, _ trace: AuditTrace) -> String {
        trace.spans[index].string(SemanticConventions.dbQuerySummary) ?? trace.spans[index].summary.name
    }

    /// How many units of work a request is: a batch consumer does for each message what others do once.
    private static func messages(_ request: Int, _ trace: AuditTrace) -> Int {
        let span = trace.spans[request]
        guard span.summary.kind == .consumer else { return 1 }
        return max(1, span.linkCount, span.int(SemanticConventions.messagingBatchMessageCount) ?? 1)
    }

    /// As many of the spans as do not overlap: of those that may come next always the one that ends first.
    private static func sequence(_ spans: [Int], _ trace: AuditTrace) -> [Int] {
        var run: [Int] = []
        for span in spans.sorted(by: { (trace.trace.end(of: $0), $0) < (trace.trace.end(of: $1), $1) }) {
            if let last = run.last, trace.gap(from: last, to: span) == nil { continue }
            run.append(span)
        }
        return run
    }
}
