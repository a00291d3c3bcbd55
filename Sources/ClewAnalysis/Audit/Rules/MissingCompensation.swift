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
        var last = Attempt()
        var isCompensated = false
        var service = ""
        var evidence: Finding.Evidence?

        /// What happened after all, and not only at first.
        var failed: UnixNanoseconds? { done == nil && last.isError ? last.start : nil }
    }

    /// Ordered by time; the rest makes the order the same on every run.
    private struct Attempt {
        var start: UnixNanoseconds = 0
        var span = SpanID.invalid
        var isError = false

        func precedes(_ other: Attempt) -> Bool { (start, span) < (other.start, other.span) }
    }

    private struct Progress {
        /// A saga of more steps is judged by the first that are seen.
        static let maximumSteps = 32

        var steps: [String: Step] = [:]
        var states: Set<String> = []
        var newest: UnixNanoseconds = 0
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
        var services: Set<String> = []
        var failures: Set<String> = []
        var evidence = WorstEvidence()

        mutating func add(_ step: Step, _ failure: (key: String, value: Step), isCertain: Bool) {
            missing += 1
            if isCertain { certain += 1 }
            services.formUnion([step.service, failure.value.service])
            failures.insert(failure.key)
            // Under one time, so that the step and what failed after it stay together.
            for piece in [step.evidence, failure.value.evidence] { evidence.add(at: step.last.start, piece) }
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
        if let state = span.state, progress.states.count < Progress.maximumSteps { progress.states.insert(state) }
        guard let name = span.step else { return }
        guard progress.steps[name] != nil || progress.steps.count < Progress.maximumSteps else { return }
        note(span, index, trace, &progress.steps[name, default: Step()])
    }

    private static func note(_ span: SagaSpan, _ index: Int, _ trace: AuditTrace, _ step: inout Step) {
        guard !span.isCompensation else {
            step.isCompensated = true
            return
        }
        let summary = trace.spans[index].summary
        let attempt = Attempt(start: summary.start, span: summary.spanID, isError: summary.isError)
        if !summary.isError { step.done = min(step.done ?? .max, summary.start) }
        guard step.service.isEmpty || step.last.precedes(attempt) else { return }
        step.last = attempt
        step.service = summary.service
        let outcome = summary.isError ? "failed" : "done"
        step.evidence = trace.evidence([index], "\(span.saga.id): \(span.step ?? "") \(outcome)")
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        var counts: [Place: Count] = [:]
        for (id, progress) in sagas.values where isOver(progress, at: end) { count(id, progress, &counts) }
        return counts.filter { $0.value.missing >= minimum }.map { finding($0.key, $0.value) }
    }

    /// One that is left as running is another rule's matter: it may yet be resumed.
    private func isOver(_ progress: Progress, at end: UnixNanoseconds) -> Bool {
        let ends = progress.states.subtracting(["running"])
        if !ends.isEmpty { return !ends.contains("completed") }
        return progress.states.isEmpty && progress.newest < end && end - progress.newest > grace
    }

    private func count(_ id: SagaSpan.ID, _ progress: Progress, _ counts: inout [Place: Count]) {
        let failures = progress.steps.filter { $0.value.failed != nil }
        guard let failure = failures.max(by: { $0.value.last.precedes($1.value.last) }) else { return }
        let hasCompensation = progress.steps.values.contains { $0.isCompensated }
        for (name, step) in progress.steps {
            guard let done = step.done, done < failure.value.last.start else { continue }
            let place = Place(saga: id.name, step: name)
            counts[place, default: Count()].failed += 1
            let isCompensable = compensable[place] != nil
            // Of a saga that compensates, a step that it never does may have nothing to undo.
            guard !step.isCompensated, isCompensable || !hasCompensation else { continue }
            let isCertain = isCompensable || !progress.states.isSubset(of: ["running", "compensated"])
            counts[place]?.add(step, failure, isCertain: isCertain)
        }
    }

    private func finding(_ place: Place, _ count: Count) -> Finding {
        let failures = count.failures.sorted().joined(separator: ", ")
        let isCertain = count.certain > 0
        return Finding(
            rule: Self.rule,
            confidence: isCertain ? .certain : .likely,
            place: "\(SagaSpan.ID.place(place.saga)) step \(place.step)",
            services: count.services.sorted(),
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
