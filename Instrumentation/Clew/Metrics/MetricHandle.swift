import ClewModel
import CoreMetrics

/// Where a program puts its measurements: one stream, or several where views made more of an instrument.
///
/// It is the handler of every kind of instrument of swift-metrics, so that giving it out costs no cast.
protocol MetricHandle: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    /// Adds to a sum, sets a gauge, counts in a histogram.
    ///
    /// - Parameter filtered: Attributes of the measurement that a view keeps out of the stream; for exemplars.
    func measure(_ value: Int64, filtered: Attributes)
    func measure(_ value: Double, filtered: Attributes)
    /// Moves an up-down counter, or a meter that is used as one.
    func move(by amount: Double, filtered: Attributes)
}

extension MetricHandle {
    func move(by amount: Double, filtered: Attributes) { measure(amount, filtered: filtered) }

    func reset() {}

    func increment(by amount: Int64) { measure(amount, filtered: []) }
    func increment(by amount: Double) { move(by: amount, filtered: []) }
    func decrement(by amount: Double) { move(by: -amount, filtered: []) }
    func set(_ value: Int64) { measure(value, filtered: []) }
    func set(_ value: Double) { measure(value, filtered: []) }
    func record(_ value: Int64) { measure(value, filtered: []) }
    func record(_ value: Double) { measure(value, filtered: []) }

    /// Durations are exported in seconds, as the conventions ask, whatever unit a timer prefers to be displayed in.
    func recordNanoseconds(_ duration: Int64) { measure(Double(duration) / 1e9, filtered: []) }
    func preferDisplayUnit(_ unit: TimeUnit) {}
}

/// One stream of measurements: what an instrument, or a view of it, makes of one set of attributes.
protocol MetricStream: MetricHandle {
    var attributes: Attributes { get }
    /// Adds the value that was reached to the data of the instrument.
    func collect(_ collection: MetricCollection, into data: inout StreamData)
}

/// One collection of all streams.
struct MetricCollection {
    var time: UnixNanoseconds
    /// Whether sums and histograms tell what was added since the last such collection, and not since their start.
    var isDelta: Bool
}

/// The points of one instrument or view, as they are gathered.
struct StreamData {
    var sums: [NumberPoint] = []
    var isMonotonic = true
    var gauges: [NumberPoint] = []
    var histograms: [ClewModel.HistogramPoint] = []
    var exponentialHistograms: [ExponentialHistogramPoint] = []
}

/// Measurements that go to several streams, to one that keeps only some of their attributes, or, with none, nowhere.
final class MetricFanOut: MetricHandle {
    /// Takes what no stream is made for: dropped by a view, or beyond the number of instruments.
    static let dropped = MetricFanOut([])

    let targets: [(stream: any MetricStream, filtered: Attributes)]

    init(_ targets: [(stream: any MetricStream, filtered: Attributes)]) {
        self.targets = targets
    }

    func measure(_ value: Int64, filtered: Attributes) {
        for target in targets { target.stream.measure(value, filtered: target.filtered) }
    }

    func measure(_ value: Double, filtered: Attributes) {
        for target in targets { target.stream.measure(value, filtered: target.filtered) }
    }

    func move(by amount: Double, filtered: Attributes) {
        for target in targets { target.stream.move(by: amount, filtered: target.filtered) }
    }

    func reset() {
        for target in targets { target.stream.reset() }
    }
}

extension NumberValue {
    /// The sum; integers stay at the ends of their range.
    func adding(_ other: NumberValue) -> NumberValue {
        switch (self, other) {
        case (.none, _): other
        case (_, .none): self
        case (.int(let left), .int(let right)): .int(left.addingSaturated(right))
        case (.int(let left), .double(let right)): .double(Double(left) + right)
        case (.double(let left), .int(let right)): .double(left + Double(right))
        case (.double(let left), .double(let right)): .double(left + right)
        }
    }

    var isPositive: Bool {
        switch self {
        case .none: false
        case .int(let value): value > 0
        case .double(let value): value > 0
        }
    }
}

extension Int64 {
    func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflowed) = addingReportingOverflow(other)
        return overflowed ? (other > 0 ? .max : .min) : sum
    }
}
