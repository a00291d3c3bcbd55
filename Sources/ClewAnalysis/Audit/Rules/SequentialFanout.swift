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
            guard (found.count, services.joined()) > (services.count, found.joined()) else { return }
            services = found
        }
    }

    /// Calls one after the other.
    private struct Run {
        var calls: [ServiceCall] = []
        /// Nanoseconds by service, in order of the first call.
        var times: [(service: String, time: UInt64)] = []

        var saving: UInt64 {
            let all = times.map(\.time)
            return all.reduce(UInt64(0)) { $0.saturatingAdd($1) } - (all.max() ?? 0)
        }

        mutating func append(_ call: ServiceCall, _ time: UInt64) {
            calls.append(call)
            if let index = times.firstIndex(where: { $0.service == call.hop.callee }) {
                times[index].time = times[index].time.saturatingAdd(time)
            } else {
                times.append((call.hop.callee, time))
            }
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
        let isFound = run.times.count >= services && run.saving >= saving
        let (cost, spans) = (run.saving, [parent] + run.calls.map(\.span))
        let isTyped = run.calls.allSatisfy(\.isTyped)
        let isKnown = run.calls.allSatisfy { trace.method(of: $0) != nil }
        let note = "\(run.times.count) services one after the other, \(DurationText.format(cost)) to save"
        operations.update(trace.operation(parent), initial: Operation()) {
            $0.requests += 1
            guard isFound else { return }
            $0.note(run.times.map(\.service))
            $0.isKnown = $0.isKnown && isKnown
            $0.tally.add(nanoseconds: cost, isTyped: isTyped, trace.evidence(spans, note))
        }
    }

    /// The run that would save most; an empty one where calls overlap, since then the service knows how to.
    private func bestRun(_ calls: [ServiceCall], _ trace: AuditTrace) -> Run {
        var (best, run) = (Run(), Run())
        for (place, call) in calls.enumerated() {
            if place > 0 {
                guard let gap = trace.gap(from: calls[place - 1].span, to: call.span) else { return Run() }
                if gap > self.gap { run = Run() }
            }
            if trace.method(of: call).map({ !Self.reads.contains($0) }) ?? false {
                run = Run()
                continue
            }
            run.append(call, trace.duration(call.span))
            if (run.times.count, run.saving) > (best.times.count, best.saving) { best = run }
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
                    \(operation.service) asks \(count.services.joined(separator: ", ")) one after the other; \
                    together they would take about \(DurationText.format(tally.meanNanoseconds)) less
                    """,
                occurrences: tally.occurrences,
                population: count.requests,
                cost: tally.cost,
                reason: isSure
                    ? "reads of different services that never overlap and follow each other at once; whether one needs "
                        + "another's answer is not visible"
                    : "the calls do not say whether they only read",
                evidence: tally.evidence)
        }
    }
}
