import ClewModel
import Synchronization

/// One number: a sum of floating-point amounts, an up-down counter, or a gauge.
final class ValueStream: MetricStream {
    enum Role {
        case sum(isMonotonic: Bool)
        case gauge
        /// A `Meter` of swift-metrics: a gauge where it is ever set; an up-down counter where it is only moved, which
        /// is how the conventions define `http.server.active_requests`.
        case meter
    }

    private struct State {
        var value: NumberValue
        /// What collections of deltas took out of the value.
        var taken = NumberValue.none
        var isSum: Bool
        var start: UnixNanoseconds
        var deltaStart: UnixNanoseconds
        var count: UInt64 = 0
        var reservoir: ExemplarReservoir
    }

    let attributes: Attributes
    private let isMonotonic: Bool
    private let isAlwaysSum: Bool
    private let initial: NumberValue
    private let context: StreamContext
    private let state: Mutex<State>

    /// - Parameter initial: What is exported before the first measurement; `.none` for nothing.
    init(_ attributes: Attributes, _ role: Role, initial: NumberValue, context: StreamContext) {
        self.attributes = attributes
        self.context = context
        self.initial = initial
        var isSum = true
        switch role {
        case .sum(let isMonotonic): (self.isMonotonic, isAlwaysSum) = (isMonotonic, true)
        case .gauge: (isMonotonic, isAlwaysSum, isSum) = (false, false, false)
        case .meter: (isMonotonic, isAlwaysSum) = (false, false)
        }
        let start = context.clock.wall()
        state = Mutex(
            State(
                value: initial, isSum: isSum, start: start, deltaStart: start,
                reservoir: ExemplarReservoir(size: 1, filter: context.exemplars)))
    }

    func measure(_ value: Int64, filtered: Attributes) { take(.int(value), moves: isAlwaysSum, filtered) }

    func measure(_ value: Double, filtered: Attributes) { take(.double(value), moves: isAlwaysSum, filtered) }

    func move(by amount: Double, filtered: Attributes) { take(.double(amount), moves: true, filtered) }

    /// Of a sum, an amount that is not finite is ignored, and a negative one where the sum is monotonic.
    private func take(_ value: NumberValue, moves: Bool, _ filtered: Attributes) {
        if moves {
            if case .double(let amount) = value, !amount.isFinite { return }
            if isMonotonic, !value.isPositive { return }
        }
        let wanted = state.withLock { state -> UInt64? in
            state.value = moves ? state.value.adding(value) : value
            if !moves { state.isSum = false }
            state.count &+= 1
            return state.count >= state.reservoir.next ? state.count : nil
        }
        guard let wanted else { return }
        let exemplar = context.exemplar(value, filtered: filtered)
        state.withLock { $0.reservoir.offer(exemplar, at: wanted) }
    }

    func reset() {
        let now = context.clock.wall()
        state.withLock { state in
            state.value = initial
            state.taken = .none
            state.start = now
            state.deltaStart = now
            state.reservoir.restart(at: state.count, forgetting: true)
        }
    }

    func collect(_ collection: MetricCollection, into data: inout StreamData) {
        let (value, context, isSum) = state.withLock { state in
            let isDelta = collection.isDelta && state.isSum && isMonotonic
            let start = isDelta ? state.deltaStart : state.start
            let context = PointContext(
                attributes: attributes, start: start, time: max(start, collection.time),
                exemplars: state.reservoir.exemplars)
            var value = state.value
            if isDelta {
                state.taken = state.taken.adding(value)
                state.value = .none
                state.deltaStart = context.time
                if !value.isPositive { value = .none }
            } else {
                value = state.taken.adding(value)
            }
            state.reservoir.restart(at: state.count, forgetting: isDelta)
            return (value, context, state.isSum)
        }
        guard value != .none else { return }
        if isSum {
            data.isMonotonic = isMonotonic
            data.sums.append(NumberPoint(context: context, value: value))
        } else {
            var context = context
            context.start = 0
            data.gauges.append(NumberPoint(context: context, value: value))
        }
    }
}
