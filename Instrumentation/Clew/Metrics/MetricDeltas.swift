import ClewModel
import Synchronization

/// What was added to sums and histograms since the last time, where they are known only since their start.
///
/// For one reader. It keeps the last point of each stream, so whoever asks bounds their number.
final class MetricDeltas: Sendable {
    private struct Key: Hashable {
        var name: String
        var attributes: Attributes
    }

    private struct State {
        var numbers: [Key: NumberValue] = [:]
        var histograms: [Key: HistogramPoint] = [:]
        /// Up to when the last deltas went; `nil` before there were any.
        var end: UnixNanoseconds?

        mutating func added(to metric: Metric) -> Metric? {
            var result = metric
            switch metric.data {
            case .sum(let points, _, isMonotonic: true):
                let points = points.compactMap { added(to: $0, of: metric) }
                guard !points.isEmpty else { return nil }
                result.data = .sum(points, temporality: .delta, isMonotonic: true)
            case .histogram(let points, _):
                let points = points.compactMap { added(to: $0, of: metric) }
                guard !points.isEmpty else { return nil }
                result.data = .histogram(points, temporality: .delta)
            default: break
            }
            return result
        }

        private mutating func added(to point: NumberPoint, of metric: Metric) -> NumberPoint? {
            let key = Key(name: metric.name, attributes: point.context.attributes)
            let earlier = numbers.updateValue(point.value, forKey: key)
            let value = point.value.added(since: earlier ?? .none)
            return value.map { NumberPoint(context: sinceLast(point.context), value: $0) }
        }

        private mutating func added(to point: HistogramPoint, of metric: Metric) -> HistogramPoint? {
            let key = Key(name: metric.name, attributes: point.context.attributes)
            var added = point.added(since: histograms.updateValue(point, forKey: key))
            added?.context = sinceLast(point.context)
            return added
        }

        private func sinceLast(_ context: PointContext) -> PointContext {
            var context = context
            context.start = end ?? context.start
            context.time = max(context.start, context.time)
            return context
        }
    }

    private let state = Mutex(State())

    /// The metrics as deltas, without points to which nothing was added; what cannot be one stays as it is.
    ///
    /// - Parameter time: That of all points.
    func added(to metrics: [Metric], at time: UnixNanoseconds) -> [Metric] {
        state.withLock { state in
            let added = metrics.compactMap { state.added(to: $0) }
            state.end = max(state.end ?? 0, time)
            return added
        }
    }
}

extension HistogramPoint {
    /// What came after an earlier point; `nil` where nothing did.
    fileprivate func added(since earlier: HistogramPoint?) -> HistogramPoint? {
        guard let earlier else { return self }
        guard count > earlier.count else { return nil }
        var added = self
        added.count -= earlier.count
        added.sum = sum.flatMap { sum in earlier.sum.map { sum - $0 } }
        // Those of the time in between are not known.
        added.min = nil
        added.max = nil
        added.bucketCounts = zip(bucketCounts, earlier.bucketCounts).map { $0 &- $1 }
        return added
    }
}
