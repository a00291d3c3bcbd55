import ClewModel

/// A saga that began and does not end.
struct StuckSaga: AuditDetector {
    static let rule = AuditRule(
        name: "stuck-saga",
        title: "stuck saga",
        severity: .high,
        detection: """
            A saga has spans, and none records that it is completed, compensated or parked, though it began longer ago \
            than `age-ms`, and than `factor` times what all but one in a thousand of the finished sagas of its name \
            took. At least `sagas` of one name.
            """,
        harm: "What its steps took stays taken: money is held, stock is reserved, the order is pending for ever.",
        refutation: "The saga waits for a human or for a date, or what recorded its end was not sent.",
        advice: """
            Store the state of each saga, and let another instance resume it when the lease of its owner runs out; \
            watch the age of the oldest.
            """,
        parameters: [
            .init("age-ms", 10_000, "milliseconds below which no saga is stuck"),
            .init("factor", 2, "times the 99.9th percentile of finished sagas"),
            .init("sagas", 1, "stuck sagas of one name"),
        ])

    /// Of a saga of which only later steps are seen, first within this time from the first span of all, the end may be
    /// recorded by a span that began before the window.
    private static let margin = 5 * UInt64.nanosecondsPerSecond

    private struct Progress {
        var start = UnixNanoseconds.max
        var end: UnixNanoseconds?
        /// Whether the saga's start was seen, or the span of a run.
        var hasRun = false
        var steps = FewNames()
        var services = FewNames()
        var evidence = WorstEvidence()
    }

    /// What is known of the sagas of one name.
    private struct Kind {
        var finished = DurationHistogram()
        var unfinished: [Progress] = []
    }

    private let age: UInt64
    private let factor: Double
    private let minimum: Int
    private var sagas = BoundedTable<SagaSpan.ID, Progress>()
    private var oldest = UnixNanoseconds.max

    init(_ settings: AuditSettings) {
        age = settings.nanoseconds("age-ms", of: Self.rule)
        factor = settings.value("factor", of: Self.rule)
        minimum = max(1, settings.count("sagas", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        for index in trace.indices {
            oldest = min(oldest, trace.spans[index].summary.start)
            guard let span = SagaSpan(trace.spans[index]) else { continue }
            sagas.update(span.saga, initial: Progress()) { Self.note(span, index, trace, &$0) }
        }
    }

    private static func note(_ span: SagaSpan, _ index: Int, _ trace: AuditTrace, _ progress: inout Progress) {
        let summary = trace.spans[index].summary
        progress.start = min(progress.start, summary.start)
        if span.endsSaga { progress.end = max(progress.end ?? 0, summary.end) }
        if let step = span.step {
            progress.steps.insert(step)
        } else {
            progress.hasRun = true
        }
        progress.services.insert(summary.service)
        progress.evidence.add(at: summary.start, trace.evidence([index], "\(span.saga.id): \(summary.name)"))
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        var kinds: [String: Kind] = [:]
        for (id, progress) in sagas.values {
            if let end = progress.end {
                kinds[id.name, default: Kind()].finished.record(end - min(end, progress.start))
            } else {
                kinds[id.name, default: Kind()].unfinished.append(progress)
            }
        }
        return kinds.compactMap { name, kind in
            let longest = limit(kind.finished)
            let stuck = kind.unfinished.filter { isStuck($0, at: end, limit: longest) }
            guard stuck.count >= minimum else { return nil }
            return finding(name, stuck, kind, limit: longest, at: end)
        }
    }

    private func limit(_ finished: DurationHistogram) -> UInt64 {
        let long = Double(finished.quantile(0.999)) * factor
        // Not past what the product of a duration and a factor from a user can be and still be a time.
        return max(age, long.isFinite ? UInt64(min(max(long, 0), 0x1p62)) : 0)
    }

    private func isStuck(_ progress: Progress, at end: UnixNanoseconds, limit: UInt64) -> Bool {
        guard progress.start < end, end - progress.start > limit else { return false }
        return progress.hasRun || progress.start - min(progress.start, oldest) >= Self.margin
    }

    private func finding(
        _ name: String, _ stuck: [Progress], _ kind: Kind, limit: UInt64, at end: UnixNanoseconds
    ) -> Finding {
        let oldest = stuck.map(\.start).min() ?? end
        let steps = stuck.reduce(into: FewNames()) { $0.formUnion($1.steps) }.sorted
        var evidence = WorstEvidence()
        for progress in stuck {
            if let first = progress.evidence.all.first { evidence.add(at: progress.start, first) }
        }
        let finished = kind.finished.count
        let seen = steps.isEmpty ? "no step" : steps.joined(separator: ", ")
        let age = (stuck.count == 1 ? " after " : ", the oldest after ") + DurationText.format(end - min(end, oldest))
        return Finding(
            rule: Self.rule,
            // A process that was killed takes the spans with it that would tell of the end.
            confidence: finished > 0 ? .likely : .possible,
            place: SagaSpan.ID.place(name),
            services: stuck.reduce(into: FewNames()) { $0.formUnion($1.services) }.sorted,
            summary: "\(CountText.counted(stuck.count, "saga")) did not end\(age); attempted were \(seen)",
            occurrences: stuck.count, population: finished + kind.unfinished.count,
            cost: Finding.Cost(errors: stuck.count),
            reason: finished > 0
                ? "\(CountText.counted(finished, "other")) ended, and none is given more than "
                    + "\(DurationText.format(limit)) to do so"
                : "no saga of this name ended, so that how long one takes is not known",
            evidence: evidence.all)
    }
}
