import ClewModel
import Synchronization

/// A sum of integers that only grows, for counters that are incremented all the time: one atomic addition each.
///
/// At the end of its range the sum stays there. Reset begins a new sum with a new start time.
final class CounterStream: MetricStream {
    private struct State {
        /// What collections of deltas took out of the sum.
        var taken: Int64 = 0
        var start: UnixNanoseconds
        var deltaStart: UnixNanoseconds
        var reservoir: ExemplarReservoir
    }

    let attributes: Attributes
    private let context: StreamContext
    private let reportsZero: Bool
    private let sum = Atomic<Int64>(0)
    /// The sum from which on a measurement is wanted as an exemplar. Every unit of the sum has the same chance, so the
    /// sum itself serves as the count of measurements.
    private let wanted: Atomic<Int64>
    private let state: Mutex<State>

    /// - Parameter reportsZero: Whether the stream is exported before the first measurement: from zero on, rates of the
    ///   first ones can be told.
    init(_ attributes: Attributes, reportsZero: Bool, context: StreamContext) {
        self.attributes = attributes
        self.reportsZero = reportsZero
        self.context = context
        let start = context.clock.wall()
        let reservoir = ExemplarReservoir(size: 1, filter: context.exemplars)
        wanted = Atomic(Int64(clamping: reservoir.next))
        state = Mutex(State(start: start, deltaStart: start, reservoir: reservoir))
    }

    /// A negative amount is ignored: the sum is monotonic.
    func measure(_ amount: Int64, filtered: Attributes) {
        guard amount > 0 else { return }
        let reached = sum.wrappingAdd(amount, ordering: .relaxed).newValue
        guard reached >= 0 else {
            // Past the end of the range; a sum that is negative meanwhile is read as the end.
            _ = sum.compareExchange(expected: reached, desired: .max, ordering: .relaxed)
            return
        }
        if reached >= wanted.load(ordering: .relaxed) { offer(amount, at: reached, filtered: filtered) }
    }

    func measure(_ amount: Double, filtered: Attributes) {
        guard amount >= 1 else { return }
        measure(Int64(exactly: amount.rounded(.down)) ?? .max, filtered: filtered)
    }

    func reset() {
        let now = context.clock.wall()
        state.withLock { state in
            sum.store(0, ordering: .relaxed)
            state.taken = 0
            state.start = now
            state.deltaStart = now
            restart(&state, at: 0, forgetting: true)
        }
    }

    func collect(_ collection: MetricCollection, into data: inout StreamData) {
        let point = state.withLock { state in
            collection.isDelta ? delta(&state, collection.time) : total(&state, collection.time)
        }
        if let point { data.sums.append(point) }
    }

    private func delta(_ state: inout State, _ time: UnixNanoseconds) -> NumberPoint? {
        let value = Self.saturated(sum.exchange(0, ordering: .relaxed))
        let context = PointContext(
            attributes: attributes, start: state.deltaStart, time: max(state.deltaStart, time),
            exemplars: state.reservoir.exemplars)
        state.taken = state.taken.addingSaturated(value)
        state.deltaStart = context.time
        restart(&state, at: 0, forgetting: true)
        return value > 0 ? NumberPoint(context: context, value: .int(value)) : nil
    }

    private func total(_ state: inout State, _ time: UnixNanoseconds) -> NumberPoint? {
        let live = Self.saturated(sum.load(ordering: .relaxed))
        let value = state.taken.addingSaturated(live)
        guard value > 0 || reportsZero else { return nil }
        let context = PointContext(
            attributes: attributes, start: state.start, time: max(state.start, time),
            exemplars: state.reservoir.exemplars)
        restart(&state, at: live, forgetting: false)
        return NumberPoint(context: context, value: .int(value))
    }

    private func restart(_ state: inout State, at sum: Int64, forgetting: Bool) {
        state.reservoir.restart(at: UInt64(sum), forgetting: forgetting)
        wanted.store(Int64(clamping: state.reservoir.next), ordering: .relaxed)
    }

    private func offer(_ amount: Int64, at sum: Int64, filtered: Attributes) {
        let exemplar = context.exemplar(.int(amount), filtered: filtered)
        state.withLock { state in
            state.reservoir.offer(exemplar, at: UInt64(sum))
            wanted.store(Int64(clamping: state.reservoir.next), ordering: .relaxed)
        }
    }

    private static func saturated(_ sum: Int64) -> Int64 { sum < 0 ? .max : sum }
}
