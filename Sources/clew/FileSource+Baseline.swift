import ClewAnalysis
import ClewModel

extension FileSource {
    /// Of all other traces of the file, unless a window is given: a file is read whole.
    func baseline(of id: TraceID, window: UInt64?) -> OperationBaseline {
        let trace = Trace(spans: self.trace(id).map { SpanSummary($0) })
        var builder = OperationBaselineBuilder(of: trace)
        guard let root = trace.root else { return builder.finish() }
        let start = trace.spans[root].start
        let time = window.map { (start - min($0, start))..<start } ?? 0..<UnixNanoseconds.max
        for other in traces(time) where builder.isOfSameRoute(other) { builder.add(other) }
        let found = builder.finish()
        guard (found.route?.count ?? 0) < OperationBaseline.minimumSamples else { return found }
        // With too few of its route, operations are compared with those of other routes, as a collector does.
        for other in traces(time) where !builder.isOfSameRoute(other) { builder.add(other) }
        return builder.finish()
    }
}
