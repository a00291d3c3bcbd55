import ClewModel
import CoreMetrics
import Synchronization

/// One stream of measurements: an instrument with one set of attributes.
protocol MetricStream: AnyObject, Sendable {
    /// Adds the value that was reached by `time` to the data of the instrument.
    func collect(at time: UnixNanoseconds, into data: inout InstrumentData)
}

/// The points of one instrument, as they are gathered.
struct InstrumentData {
    var sums: [NumberPoint] = []
    var isMonotonic = true
    var gauges: [NumberPoint] = []
    var histograms: [ClewModel.HistogramPoint] = []
}

/// A sum that only grows. Reset begins a new sum with a new start time.
final class SumStream: MetricStream, CounterHandler, FloatingPointCounterHandler {
    private struct State {
        var start: UnixNanoseconds
        var value: NumberValue
    }

    private let attributes: Attributes
    private let clock: TelemetryClock
    private let zero: NumberValue
    private let state: Mutex<State>

    init(_ attributes: Attributes, zero: NumberValue, clock: TelemetryClock) {
        self.attributes = attributes
        self.clock = clock
        self.zero = zero
        state = Mutex(State(start: clock.wall(), value: zero))
    }

    /// A negative amount is ignored: the sum is monotonic.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        state.withLock { state in
            guard case .int(let value) = state.value else { return }
            let (sum, overflowed) = value.addingReportingOverflow(amount)
            state.value = .int(overflowed ? .max : sum)
        }
    }

    /// A negative amount, and one that is not a number, is ignored.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        state.withLock { state in
            guard case .double(let value) = state.value else { return }
            state.value = .double(value + amount)
        }
    }

    func reset() {
        let now = clock.wall()
        state.withLock { $0 = State(start: now, value: zero) }
    }

    func collect(at time: UnixNanoseconds, into data: inout InstrumentData) {
        let state = state.withLock { $0 }
        let context = PointContext(attributes: attributes, start: state.start, time: time)
        data.sums.append(NumberPoint(context: context, value: state.value))
    }
}

/// The last value of a meter or recorder.
///
/// A meter that is only moved up and down, and never set, is reported as an up-down counter: that is how the conventions
/// define `http.server.active_requests`.
final class GaugeStream: MetricStream, MeterHandler, RecorderHandler {
    private struct State {
        var start: UnixNanoseconds
        var value: NumberValue = .none
        var isSum = true
    }

    private let attributes: Attributes
    private let state: Mutex<State>

    init(_ attributes: Attributes, clock: TelemetryClock) {
        self.attributes = attributes
        state = Mutex(State(start: clock.wall()))
    }

    func set(_ value: Int64) { set(.int(value)) }
    func set(_ value: Double) { set(.double(value)) }
    func record(_ value: Int64) { set(.int(value)) }
    func record(_ value: Double) { set(.double(value)) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }

    private func set(_ value: NumberValue) {
        state.withLock { state in
            state.value = value
            state.isSum = false
        }
    }

    private func add(_ amount: Double) {
        guard amount.isFinite else { return }
        state.withLock { state in
            switch state.value {
            case .none: state.value = .double(amount)
            case .int(let value): state.value = .double(Double(value) + amount)
            case .double(let value): state.value = .double(value + amount)
            }
        }
    }

    func collect(at time: UnixNanoseconds, into data: inout InstrumentData) {
        let state = state.withLock { $0 }
        guard state.value != .none else { return }
        if state.isSum {
            data.isMonotonic = false
            let context = PointContext(attributes: attributes, start: state.start, time: time)
            data.sums.append(NumberPoint(context: context, value: state.value))
        } else {
            data.gauges.append(
                NumberPoint(context: PointContext(attributes: attributes, time: time), value: state.value))
        }
    }
}

/// The distribution of a timer, in seconds, or of an aggregating recorder.
final class HistogramStream: MetricStream, RecorderHandler, TimerHandler {
    private struct State {
        var counts: [UInt64]
        var sum = 0.0
        var min = Double.infinity
        var max = -Double.infinity
    }

    private let attributes: Attributes
    private let bounds: [Double]
    private let start: UnixNanoseconds
    private let state: Mutex<State>

    init(_ attributes: Attributes, bounds: [Double], clock: TelemetryClock) {
        self.attributes = attributes
        self.bounds = bounds
        start = clock.wall()
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    /// A value that is not a finite number is ignored.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
            state.min = Swift.min(state.min, value)
            state.max = Swift.max(state.max, value)
        }
    }

    func collect(at time: UnixNanoseconds, into data: inout InstrumentData) {
        let state = state.withLock { $0 }
        let count = state.counts.reduce(0, +)
        guard count > 0 else { return }
        data.histograms.append(
            ClewModel.HistogramPoint(
                context: PointContext(attributes: attributes, start: start, time: time),
                count: count,
                sum: state.sum,
                min: state.min,
                max: state.max,
                bucketCounts: state.counts,
                explicitBounds: bounds
            )
        )
    }
}
