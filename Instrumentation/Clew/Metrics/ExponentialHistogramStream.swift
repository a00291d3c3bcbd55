import ClewModel
import Synchronization

/// The distribution of measurements over buckets that adapt to them.
final class ExponentialHistogramStream: MetricStream {
    private struct State {
        var live: ExponentialHistogram
        /// What collections of deltas took out of the live totals.
        var taken: ExponentialHistogram?
        var deltaStart: UnixNanoseconds
        var reservoir: ExemplarReservoir
    }

    let attributes: Attributes
    private let empty: ExponentialHistogram
    private let start: UnixNanoseconds
    private let context: StreamContext
    private let state: Mutex<State>

    init(_ attributes: Attributes, maximumBuckets: Int, maximumScale: Int, context: StreamContext) {
        self.attributes = attributes
        self.context = context
        empty = ExponentialHistogram(maximumBuckets: maximumBuckets, maximumScale: maximumScale)
        start = context.clock.wall()
        let places = min(20, max(1, maximumBuckets))
        state = Mutex(
            State(
                live: empty, deltaStart: start, reservoir: ExemplarReservoir(size: places, filter: context.exemplars)))
    }

    func measure(_ value: Int64, filtered: Attributes) { measure(Double(value), filtered: filtered) }

    /// A value that is not a finite number is ignored.
    func measure(_ value: Double, filtered: Attributes) {
        guard value.isFinite else { return }
        let wanted = state.withLock { state -> UInt64? in
            state.live.record(value)
            return state.live.count >= state.reservoir.next ? state.live.count : nil
        }
        guard let wanted else { return }
        let exemplar = context.exemplar(.double(value), filtered: filtered)
        state.withLock { $0.reservoir.offer(exemplar, at: wanted) }
    }

    func collect(_ collection: MetricCollection, into data: inout StreamData) {
        let (totals, point) = state.withLock { state in
            let start = collection.isDelta ? state.deltaStart : self.start
            let time = max(start, collection.time)
            let point = PointContext(
                attributes: attributes, start: start, time: time, exemplars: state.reservoir.exemplars)
            var totals = state.live
            if collection.isDelta {
                if state.taken?.add(totals) == nil { state.taken = totals }
                state.live = empty
                state.deltaStart = time
            } else if let taken = state.taken {
                totals.add(taken)
            }
            state.reservoir.restart(at: state.live.count, forgetting: collection.isDelta)
            return (totals, point)
        }
        guard totals.count > 0 else { return }
        data.exponentialHistograms.append(
            ExponentialHistogramPoint(
                context: point,
                count: totals.count,
                sum: totals.sum,
                min: totals.min,
                max: totals.max,
                scale: Int32(totals.scale),
                zeroCount: totals.zeroCount,
                positive: .init(totals.positive),
                negative: .init(totals.negative)
            )
        )
    }
}

extension ExponentialHistogramPoint.Buckets {
    fileprivate init(_ buckets: ExponentialHistogram.Buckets) {
        self.init(offset: Int32(clamping: buckets.offset), counts: buckets.counts)
    }
}
