import ClewModel

/// What a rule counted in one place.
struct AuditTally: Sendable {
    private(set) var occurrences = 0
    private(set) var cost = Finding.Cost()
    /// Whether every occurrence was read from spans of known kinds.
    private(set) var isTyped = true
    private var worst = WorstEvidence()

    var evidence: [Finding.Evidence] { worst.all }

    /// The cost of one occurrence, on average.
    var meanNanoseconds: UInt64 { occurrences > 0 ? cost.nanoseconds / UInt64(occurrences) : 0 }

    /// - Parameter weight: What evidence is ranked by; the nanoseconds by default.
    mutating func add(
        nanoseconds: UInt64 = 0, errors: Int = 0, isTyped: Bool = true, weight: UInt64? = nil,
        _ evidence: @autoclosure () -> Finding.Evidence?
    ) {
        occurrences += 1
        cost.nanoseconds = cost.nanoseconds.saturatingAdd(nanoseconds)
        cost.errors += errors
        self.isTyped = self.isTyped && isTyped
        worst.add(weight ?? nanoseconds, evidence())
    }

    mutating func merge(_ other: AuditTally) {
        occurrences += other.occurrences
        cost.nanoseconds = cost.nanoseconds.saturatingAdd(other.cost.nanoseconds)
        cost.errors += other.cost.errors
        isTyped = isTyped && other.isTyped
        worst.merge(other.worst)
    }
}
