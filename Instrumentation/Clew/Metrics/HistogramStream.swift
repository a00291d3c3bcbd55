import ClewModel
import Synchronization

/// The distribution of measurements over buckets with explicit boundaries.
final class HistogramStream: MetricStream {
    private struct Totals {
        var counts: [UInt64]
        var sum = 0.0
        var min = Double.infinity
        var max = -Double.infinity

        init(buckets: Int) { counts = Array(repeating: 0, count: buckets) }

        mutating func add(_ other: Totals) {
            for (index, count) in other.counts.enumerated() { counts[index] &+= count }
            sum += other.sum
            min = Swift.min(min, other.min)
            max = Swift.max(max, other.max)
        }
    }

    private struct State {
        var live: Totals
        /// What collections of deltas took out of the live totals.
        var taken: Totals?
        var deltaStart: UnixNanoseconds
        /// One for each bucket; none where there are no exemplars.
        var reservoirs: [ExemplarReservoir]

        var exemplars: [Exemplar] { reservoirs.flatMap(\.exemplars) }

        mutating func restart(forgetting: Bool) {
            for index in reservoirs.indices {
                reservoirs[index].restart(at: live.counts[index], forgetting: forgetting)
            }
        }
    }

    let attributes: Attributes
    private let bounds: [Double]
    private let start: UnixNanoseconds
    private let context: StreamContext
    private let state: Mutex<State>

    /// - Parameter bounds: Upper bounds, inclusive, ascending.
    init(_ attributes: Attributes, bounds: [Double], context: StreamContext) {
        self.attributes = attributes
        self.bounds = bounds
        self.context = context
        start = context.clock.wall()
        let reservoir = ExemplarReservoir(size: 1, filter: context.exemplars)
        let hasExemplars = context.exemplars != .alwaysOff
        state = Mutex(
            State(
                live: Totals(buckets: bounds.count + 1), deltaStart: start,
                reservoirs: hasExemplars ? Array(repeating: reservoir, count: bounds.count + 1) : []))
    }

    func measure(_ value: Int64, filtered: Attributes) { measure(Double(value), filtered: filtered) }

    /// A value that is not a finite number is ignored.
    func measure(_ value: Double, filtered: Attributes) {
        guard value.isFinite else { return }
        let bucket = bucket(of: value)
        let wanted = state.withLock { state -> UInt64? in
            state.live.counts[bucket] &+= 1
            state.live.sum += value
            if value < state.live.min { state.live.min = value }
            if value > state.live.max { state.live.max = value }
            guard bucket < state.reservoirs.count else { return nil }
            let count = state.live.counts[bucket]
            return count >= state.reservoirs[bucket].next ? count : nil
        }
        guard let wanted else { return }
        let exemplar = context.exemplar(.double(value), filtered: filtered)
        state.withLock { $0.reservoirs[bucket].offer(exemplar, at: wanted) }
    }

    /// The first bucket whose upper bound is not below the value.
    private func bucket(of value: Double) -> Int {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func collect(_ collection: MetricCollection, into data: inout StreamData) {
        let (totals, exemplars, start, time) = state.withLock { state in
            let start = collection.isDelta ? state.deltaStart : self.start
            let time = max(start, collection.time)
            let exemplars = state.exemplars
            var totals = state.live
            if collection.isDelta {
                if state.taken?.add(totals) == nil { state.taken = totals }
                state.live = Totals(buckets: bounds.count + 1)
                state.deltaStart = time
            } else if let taken = state.taken {
                totals.add(taken)
            }
            state.restart(forgetting: collection.isDelta)
            return (totals, exemplars, start, time)
        }
        let count = totals.counts.reduce(0, &+)
        guard count > 0 else { return }
        data.histograms.append(
            ClewModel.HistogramPoint(
                context: PointContext(attributes: attributes, start: start, time: time, exemplars: exemplars),
                count: count,
                sum: totals.sum,
                min: totals.min,
                max: totals.max,
                bucketCounts: totals.counts,
                explicitBounds: bounds
            )
        )
    }
}
