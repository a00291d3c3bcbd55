import ClewModel

/// How often one thing was done that is to be done once, and how sure that is.
struct Executions: Sendable {
    private var certain = 0
    private var likely = 0
    private var possible = 0
    private var first = UnixNanoseconds.max
    private var evidence = WorstEvidence()

    var count: Int { certain + likely + possible }

    /// How sure it is that it was done twice: as sure as the second surest execution; `nil` where it was done once.
    var repetition: Finding.Confidence? {
        if certain >= 2 { return .certain }
        if certain + likely >= 2 { return .likely }
        return count >= 2 ? .possible : nil
    }

    mutating func add(
        _ confidence: Finding.Confidence, at time: UnixNanoseconds, _ evidence: @autoclosure () -> Finding.Evidence?
    ) {
        switch confidence {
        case .certain: certain += 1
        case .likely: likely += 1
        case .possible: possible += 1
        }
        first = min(first, time)
        self.evidence.add(at: time, evidence())
    }

    /// Of all things of one kind those that were done more than once.
    struct Repetitions {
        private(set) var occurrences = 0
        private(set) var population = 0
        /// Executions beyond the first of each.
        private(set) var surplus = 0
        private(set) var confidence = Finding.Confidence.possible
        private var worst = WorstEvidence()

        var evidence: [Finding.Evidence] { worst.all }

        mutating func add(_ executions: Executions) {
            population += 1
            guard let repetition = executions.repetition else { return }
            occurrences += 1
            surplus += executions.count - 1
            confidence = max(confidence, repetition)
            // Under one time, so that what shows one repetition stays together.
            for piece in executions.evidence.all { worst.add(at: executions.first, piece) }
        }
    }
}
