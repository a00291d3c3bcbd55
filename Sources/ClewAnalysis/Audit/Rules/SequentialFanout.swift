import ClewModel

/// Reads from several services, one after the other, where nothing shows that one needs another's answer.
struct SequentialFanout: AuditDetector {
    static let rule = AuditRule(
        name: "sequential-fanout",
        title: "sequential calls that could run in parallel",
        severity: .medium,
        detection: """
            One span reads from at least `services` services, each read beginning at most `gap-ms` after the one \
            before ended, and none overlapping another, in at least `share` of at least `requests` requests of an \
            operation. Only GET and HEAD count, and calls of unknown method.
            """,
        harm: "The request takes the sum of its calls where it could take the longest of them.",
        refutation: "A later call needs the answer of an earlier one, for example an id.",
        advice: "Start the calls together and await them all; bound each by the request's deadline.",
        parameters: [
            .init("services", 3, "services asked one after the other; of two, the second often needs the first"),
            .init("requests", 10, "requests of the operation that make several calls"),
            .init("share", 0.5, "share of them, 0 to 1, that show it"),
            .init("gap-ms", 20, "milliseconds between two calls; a longer gap may be work that the second needs"),
            .init("saving-ms", 2, "milliseconds that a request would save"),
        ])

    private static let reads: Set<String> = ["GET", "HEAD"]

    private struct Operation {
        var tally = AuditTally()
        /// Requests that call several times.
        var requests = 0
        /// Of the longest run, in order; the lesser in order of names where several are as long.
        var services: [String] = []
        var isKnown = true

        mutating func note(_ found: [String]) {
            guard found.count != services.count else {
                if found.lexicographicallyPrecedes(services) { services = found }
                return
            }
            if found.count > services.count { services = found }
        }
    }

    /// Calls one after the other.
    private struct Run {
        /// Their places among the calls of one span.
        private(set) var calls = 0..<0
        private(set) var services = 0
        private(set) var saving: UInt64 = 0

        /// Adds the next call, with what the run has of each service so far.
        mutating func append(_ place: Int, _ service: String, _ time: UInt64, _ times: inout Times) {
            calls = (calls.isEmpty ? place : calls.lowerBound)..<(place + 1)
            times.add(time, of: service)
            (services, saving) = (times.byService.count, times.total - times.longest)
        }

        func isBetter(than other: Run) -> Bool { (services, saving) > (other.services, other.saving) }
    }

    /// Nanoseconds of a run by service, apart from it since it is not to be copied for each call.
    private struct Times {
        private(set) var byService: [String: UInt64] = [:]
        private(set) var total: UInt64 = 0
        /// Of the service that takes most; never more than the total.
        private(set) var longest: UInt64 = 0

        mutating func add(_ time: UInt64, of service: String) {
            let sum = (byService[service] ?? 0).saturatingAdd(time)
            byService[service] = sum
            longest = max(longest, sum)
            total = total.saturatingAdd(time)
        }
    }

    private let services: Int
    private let requests: Int
    private let share: Double
    private let gap: UInt64
    private let saving: UInt64
    private var operations = BoundedTable<ServiceOperation, Operation>()

    init(_ settings: AuditSettings) {
        services = max(2, settings.count("services", of: Self.rule))
        requests = max(1, settings.count("requests", of: Self.rule))
        share = settings.value("share", of: Self.rule)
        gap = settings.nanoseconds("gap-ms", of: Self.rule)
        saving = settings.nanoseconds("saving-ms", of: Self.rule)
    }

    mutating func visit(_ trace: AuditTrace) {
        var siblings: [Int: [ServiceCall]] = [:]
        for call in trace.calls() {
            guard let parent = trace.trace.parent(of: call.span) else { continue }
            siblings[parent, default: []].append(call)
        }
        for (parent, calls) in siblings where calls.count > 1 { judge(calls, under: parent, trace) }
    }

    private mutating func judge(_ calls: [ServiceCall], under parent: Int, _ trace: AuditTrace) {
        let run = bestRun(calls, trace)
        let isFound = run.services >= services && run.saving >= saving
        let (cost, found) = (run.saving, calls[run.calls])
        let spans = [parent] + found.prefix(Finding.Evidence.maximumSpans).map(\.span)
        let isTyped = found.allSatisfy(\.isTyped)
        let isKnown = found.allSatisfy { trace.method(of: $0) != nil }
        let note = "\(run.services) services one after the other, \(DurationText.format(cost)) to save"
        operations.update(trace.operation(parent), initial: Operation()) {
            $0.requests += 1
            guard isFound else { return }
            $0.note(Self.callees(of: found))
            $0.isKnown = $0.isKnown && isKnown
            $0.tally.add(nanoseconds: cost, isTyped: isTyped, trace.evidence(spans, note))
        }
    }

    /// The first services in order of the calls; more are not named.
    private static func callees(of calls: ArraySlice<ServiceCall>) -> [String] {
        var callees: [String] = []
        var seen: Set<String> = []
        for call in calls where seen.insert(call.hop.callee).inserted {
            callees.append(call.hop.callee)
            if callees.count == Finding.maximumServices { break }
        }
        return callees
    }

    /// The run that would save most; an empty one where calls overlap, since then the service knows how to.
    private func bestRun(_ calls: [ServiceCall], _ trace: AuditTrace) -> Run {
        var (best, run, times) = (Run(), Run(), Times())
        for (place, call) in calls.enumerated() {
            if place > 0 {
                guard let gap = trace.gap(from: calls[place - 1].span, to: call.span) else { return Run() }
                if gap > self.gap { (run, times) = (Run(), Times()) }
            }
            if trace.method(of: call).map({ !Self.reads.contains($0) }) ?? false {
                (run, times) = (Run(), Times())
                continue
            }
            run.append(place, call.hop.callee, trace.duration(call.span), &times)
            if run.isBetter(than: best) { best = run }
        }
        return best
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        operations.values.compactMap { operation, count in
            let tally = count.tally
            guard tally.occurrences > 0, count.requests >= requests,
                Double(tally.occurrences) >= share * Double(count.requests)
            else { return nil }
            let isSure = tally.isTyped && count.isKnown
            return Finding(
                rule: Self.rule,
                confidence: isSure ? .likely : .possible,
                place: operation.text,
                services: [operation.service] + count.services.filter { $0 != operation.service },
                summary: """
                    \(operation.service) asks \(Finding.list(count.services)) one after the other; \
                    together they would take about \(DurationText.format(tally.meanNanoseconds)) less
                    """,
                occurrences: tally.occurrences,
                population: count.requests,
                cost: tally.cost,
                reason: reason(count),
                evidence: tally.evidence)
        }
    }

    private func reason(_ count: Operation) -> String {
        guard count.isKnown else { return "the calls do not say whether they only read" }
        guard count.tally.isTyped else {
            return "the spans have no kinds, so that calls are told from work by the services"
        }
        return "reads of different services that never overlap and follow each other at once; whether one needs "
            + "another's answer is not visible"
    }
}
