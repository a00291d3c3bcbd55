import ClewModel

/// A saga whose step failed for good while what was done before it stays done.
struct MissingCompensation: AuditDetector {
    static let rule = AuditRule(
        name: "missing-compensation",
        title: "saga without compensation",
        severity: .high,
        detection: """
            In one saga a step was executed, a later one failed at its last attempt, and no span compensates the \
            first, although the saga ended, or recorded no state and has not moved for `grace-ms`. A saga that is \
            completed, or left as running, is none. At least `sagas` of one name and step.
            """,
        harm: "A refused order stays charged, or its stock reserved: somebody has to find and repair it by hand.",
        refutation: "The step has nothing to undo by its nature, or it is undone without a span of its own.",
        advice: "Give each step that changes something a compensation, and let the saga end only after all of them.",
        parameters: [
            .init("grace-ms", 10_000, "milliseconds without a new span after which a saga is over"),
            .init("sagas", 1, "sagas of one name in which one step was not compensated"),
        ])

    private struct Step {
        /// The start of the first execution without an error.
        var done: UnixNanoseconds?
        /// The newest attempt at execution.
        var last: Attempt?
        var isCompensated = false

        /// What happened after all, and not only at first.
        var failure: Attempt? { last.flatMap { done == nil && $0.isError ? $0 : nil } }
    }

    /// Ordered by time; the rest makes the order the same on every run.
    private struct Attempt {
        var start: UnixNanoseconds
        var isError: Bool
        var service: String
        var evidence: Finding.Evidence

        func precedes(_ other: Attempt) -> Bool {
            start != other.start ? start < other.start : evidence.precedes(other.evidence)
        }
    }

    private struct Progress {
        /// A saga of more steps is not judged.
        static let maximumSteps = 32

        private(set) var steps: [String: Step] = [:]
        private(set) var isCrowded = false
        var states = FewNames()
        var newest: UnixNanoseconds = 0

        mutating func update(_ name: String, _ change: (inout Step) -> Void) {
            guard !isCrowded, steps[name] != nil || steps.count < Self.maximumSteps else {
                isCrowded = true
                steps = [:]
                return
            }
            change(&steps[name, default: Step()])
        }
    }

    private struct Place: Hashable {
        var saga: String
        var step: String
    }

    private struct Count {
        var missing = 0
        var certain = 0
        /// Sagas that failed after the step.
        var failed = 0
        var services = FewNames()
        var failures = FewNames()
        var evidence = WorstEvidence()

        mutating func add(_ step: Attempt, _ failure: Attempt, of failed: String, isCertain: Bool) {
            missing += 1
            if isCertain { certain += 1 }
            failures.insert(failed)
            for attempt in [step, failure] {
                services.insert(attempt.service)
                // Under one time, so that the step and what failed after it stay together.
                evidence.add(at: step.start, attempt.evidence)
            }
        }
    }

    private let grace: UInt64
    private let minimum: Int
    private var sagas = BoundedTable<SagaSpan.ID, Progress>()
    /// Steps that were compensated in some saga, with or without success.
    private var compensable = BoundedTable<Place, Bool>()

    init(_ settings: AuditSettings) {
        grace = settings.nanoseconds("grace-ms", of: Self.rule)
        minimum = max(1, settings.count("sagas", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        for index in trace.indices {
            guard let span = SagaSpan(trace.spans[index]) else { continue }
            sagas.update(span.saga, initial: Progress()) { Self.note(span, index, trace, &$0) }
            guard let step = span.step, span.isCompensation else { continue }
            compensable.update(Place(saga: span.saga.name, step: step), initial: true) { $0 = true }
        }
    }

    private static func note(_ span: SagaSpan, _ index: Int, _ trace: AuditTrace, _ progress: inout Progress) {
        progress.newest = max(progress.newest, trace.spans[index].summary.end)
        if let state = span.state { progress.states.insert(state) }
        guard let name = span.step else { return }
        progress.update(name) { note(span, index, trace, &$0) }
    }

    private static func note(_ span: SagaSpan, _ index: Int, _ trace: AuditTrace, _ step: inout Step) {
        guard !span.isCompensation else {
            step.isCompensated = true
            return
        }
        let summary = trace.spans[index].summary
        if !summary.isError { step.done = min(step.done ?? .max, summary.start) }
        let outcome = summary.isError ? "failed" : "done"
        guard let evidence = trace.evidence([index], "\(span.saga.id): \(span.step ?? "") \(outcome)") else { return }
        let attempt = Attempt(
            start: summary.start, isError: summary.isError, service: summary.service, evidence: evidence)
        if let last = step.last, !last.precedes(attempt) { return }
        step.last = attempt
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        var counts: [Place: Count] = [:]
        for (id, progress) in sagas.values where isOver(progress, at: end) { count(id, progress, &counts) }
        return counts.filter { $0.value.missing >= minimum }.map { finding($0.key, $0.value) }
    }

    /// One that is left as running is another rule's matter: it may yet be resumed.
    private func isOver(_ progress: Progress, at end: UnixNanoseconds) -> Bool {
        let ends = progress.states.all.subtracting(["running"])
        if !ends.isEmpty { return !ends.contains("completed") }
        return progress.states.all.isEmpty && progress.newest < end && end - progress.newest > grace
    }

    private func count(_ id: SagaSpan.ID, _ progress: Progress, _ counts: inout [Place: Count]) {
        let failures = progress.steps.compactMap { name, step -> (name: String, attempt: Attempt)? in
            step.failure.map { (name, $0) }
        }
        guard let failure = failures.max(by: { $0.attempt.precedes($1.attempt) }) else { return }
        let hasCompensation = progress.steps.values.contains { $0.isCompensated }
        for (name, step) in progress.steps {
            guard let last = step.last, let done = step.done, done < failure.attempt.start else { continue }
            let place = Place(saga: id.name, step: name)
            counts[place, default: Count()].failed += 1
            let isCompensable = compensable[place] != nil
            // Of a saga that compensates, a step that it never does may have nothing to undo.
            guard !step.isCompensated, isCompensable || !hasCompensation else { continue }
            let isCertain = isCompensable || !progress.states.all.isSubset(of: ["running", "compensated"])
            counts[place]?.add(last, failure.attempt, of: failure.name, isCertain: isCertain)
        }
    }

    private func finding(_ place: Place, _ count: Count) -> Finding {
        let failures = Finding.list(count.failures.sorted)
        let isCertain = count.certain > 0
        return Finding(
            rule: Self.rule,
            confidence: isCertain ? .certain : .likely,
            place: "\(SagaSpan.ID.place(place.saga)) step \(place.step)",
            services: count.services.sorted,
            summary: """
                \(count.missing) of \(count.failed) sagas that failed at \(failures) left \(place.step) as it was
                """,
            occurrences: count.missing, population: count.failed,
            cost: Finding.Cost(errors: count.missing),
            reason: isCertain
                ? "the step was compensated in other sagas, or the saga ended in another state than compensated"
                : "no saga was seen to compensate the step, so that it may have nothing to undo",
            evidence: count.evidence.all)
    }
}
