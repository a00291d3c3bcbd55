import ClewModel

/// What the analysis of slow traces keeps of one: how long it took and where.
struct TraceVector {
    var traceID: TraceID
    var duration: UInt64
    var isError: Bool
    /// By hop; own times sum to the duration.
    var hops: [HopTotal]

    struct HopTotal {
        /// A number in the ``HopTable``.
        var hop: Int
        var calls: Int
        var ownTime: UInt64
    }

    init(_ trace: Trace, root: Int, hopTable: inout HopTable) {
        let path = CriticalPath(of: trace)
        traceID = trace.spans[root].traceID
        duration = path.duration
        isError = trace.spans[root].isError
        hops = []
        let times = path.hops.map { HopTotal(hop: hopTable.id(of: $0.hop), calls: 1, ownTime: $0.ownTime) }
        for time in times.sorted(by: { $0.hop < $1.hop }) {
            if let last = hops.last, last.hop == time.hop {
                hops[hops.count - 1].calls += 1
                hops[hops.count - 1].ownTime += time.ownTime
            } else {
                hops.append(time)
            }
        }
    }
}
