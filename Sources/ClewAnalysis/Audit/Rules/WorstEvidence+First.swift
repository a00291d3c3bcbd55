import ClewModel

extension WorstEvidence {
    /// Keeps the earliest instead of the heaviest. Pieces of one matter, added with one time, stay together.
    mutating func add(at time: UnixNanoseconds, _ evidence: @autoclosure () -> Finding.Evidence?) {
        add(UInt64.max - time, evidence())
    }
}
