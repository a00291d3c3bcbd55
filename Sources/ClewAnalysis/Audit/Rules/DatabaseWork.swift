import ClewModel

/// What the database calls below any span of a trace did: found in one pass, then answered at once for each span.
struct DatabaseWork {
    struct Counts: Hashable {
        var calls = 0
        /// Those that did not fail.
        var writes = 0
        /// Those that did not fail, and whose operation is not known.
        var unknown = 0
    }

    /// Of the spans before each place in display order.
    private var before: [Counts] = [Counts()]

    init(_ trace: AuditTrace) {
        before.reserveCapacity(trace.spans.count + 1)
        var counts = Counts()
        for index in trace.indices {
            if trace.isDatabaseCall(index) {
                counts.calls += 1
                switch trace.isError(index) ? .other : DatabaseAccess(trace.spans[index]) {
                case .write: counts.writes += 1
                case .unknown: counts.unknown += 1
                case .read, .other: break
                }
            }
            before.append(counts)
        }
    }

    /// Of a span and all its descendants, in whatever service.
    func below(_ index: Int, of trace: AuditTrace) -> Counts {
        let (first, last) = (before[index], before[trace.trace.children(of: index).endIndex])
        return Counts(
            calls: last.calls - first.calls, writes: last.writes - first.writes,
            unknown: last.unknown - first.unknown)
    }
}
