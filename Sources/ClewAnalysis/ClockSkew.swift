import ClewModel

/// Estimates how far the clock of a called service is off from its caller's.
///
/// The rule is that of Jaeger's clock skew adjuster (`cmd/query/app/querysvc/adjuster/clockskew.go`): a callee that is
/// not contained in its caller, but fits, is centred in it, as if the way there and back took equally long. Two things
/// differ. A child that sticks out by no more than `slack(for:)` is left alone, because servers often end their span
/// just after the client has the response. And where the parent's own correction makes the child fit, that is used
/// before centring: two services on one host share its clock.
enum ClockSkew {
    /// How far a child may stick out of its parent before its clock is doubted: a tenth of the parent, at most 1 ms.
    static func slack(for parent: Interval) -> UInt64 {
        min(1_000_000, parent.length / 10)
    }

    /// Nanoseconds to add to the child's times; zero where its times are plausible.
    ///
    /// - Parameters:
    ///   - child: As it was sent.
    ///   - parent: As corrected, by `parentOffset`.
    ///   - isWaitedFor: Whether the parent waits for the child's end, as a client does for its server; a consumer may
    ///     run at any time after its producer began.
    static func offset(of child: Interval, in parent: Interval, parentOffset: Int64, isWaitedFor: Bool) -> Int64 {
        let slack = slack(for: parent)
        // A child longer than its parent (a caller that gave up) cannot fit: only its start can be judged.
        let mustEndInside = isWaitedFor && child.length <= parent.length
        func isPlausible(_ interval: Interval) -> Bool {
            interval.start.saturatingAdd(slack) >= parent.start
                && (!mustEndInside || interval.end <= parent.end.saturatingAdd(slack))
        }
        if isPlausible(child) { return 0 }
        if parentOffset != 0, isPlausible(child.shifted(by: parentOffset)) { return parentOffset }
        let latency = mustEndInside ? (parent.length - child.length) / 2 : 0
        return (parent.start + latency).distanceClamped(from: child.start)
    }

    /// Whether a parent waits for its child; publishing is not waiting.
    static func isWaitedFor(_ child: SpanSummary, by parent: SpanSummary) -> Bool {
        child.kind != .consumer && parent.kind != .producer
    }
}
