/// What one process knows of its lease; asks no clock and no table.
///
/// A moment is given in nanoseconds of a monotonic clock.
struct LeaderLeaseState {
    struct Grant: Hashable, Sendable {
        var term: Int64
        /// From when on it is not held any more, unless it is renewed.
        var end: UInt64
    }

    /// What the next attempt renews; it may have run out.
    private(set) var grant: Grant?

    func heldTerm(at now: UInt64) -> Int64? {
        grant.flatMap { now < $0.end ? $0.term : nil }
    }

    /// Takes what the table said, unless the lease was released, or taken by another attempt, in the meantime.
    ///
    /// - Parameters:
    ///   - granted: `nil` where another owner has the lease.
    ///   - term: The term that the attempt was to renew.
    mutating func settle(_ granted: Grant?, renewing term: Int64?) {
        guard grant?.term == term else { return }
        // Of two renewals at once the later one counts.
        let end = grant.flatMap { $0.term == granted?.term ? $0.end : nil } ?? 0
        grant = granted.map { Grant(term: $0.term, end: max($0.end, end)) }
    }

    /// - Returns: The term that is to be given back.
    mutating func release() -> Int64? {
        defer { grant = nil }
        return grant?.term
    }
}
