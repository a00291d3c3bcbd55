import ClewModel
import Synchronization

/// One instrument: its streams, and the handles that were given out for its sets of attributes.
final class Instrument: Sendable {
    let description: InstrumentDescription
    /// One for each view that selects it; none where it is dropped.
    private let tables: [StreamTable]
    /// Handles by dimensions or attributes exactly as they were asked for, so that asking again costs one hash: neither
    /// sorting nor allocation. Bounded, because the same attributes may come in any order.
    private let byDimensions = Mutex<[Dimensions: any MetricHandle]>([:])
    private let byAttributes = Mutex<[Attributes: any MetricHandle]>([:])
    private let capacity: Int

    init(_ description: InstrumentDescription, tables: [StreamTable]) {
        self.description = description
        self.tables = tables
        capacity = 2 * (tables.map(\.definition.limit).max() ?? 0)
    }

    func handle(_ dimensions: [(String, String)]) -> any MetricHandle {
        guard !tables.isEmpty else { return MetricFanOut.dropped }
        let key = Dimensions(pairs: dimensions)
        if let known = byDimensions.withLock({ $0[key] }) { return known }
        let handle = makeHandle(dimensions.map { Attribute(dimension: $0) }.canonical)
        byDimensions.withLock { if $0.count < capacity { $0[key] = handle } }
        return handle
    }

    func handle(_ attributes: Attributes) -> any MetricHandle {
        guard !tables.isEmpty else { return MetricFanOut.dropped }
        if let known = byAttributes.withLock({ $0[attributes] }) { return known }
        let handle = makeHandle(attributes.canonical)
        byAttributes.withLock { if $0.count < capacity { $0[attributes] = handle } }
        return handle
    }

    private func makeHandle(_ attributes: Attributes) -> any MetricHandle {
        let targets = tables.map { $0.stream(for: attributes) }
        if targets.count == 1, targets[0].filtered.isEmpty { return targets[0].stream }
        return MetricFanOut(targets)
    }

    /// Ends what a handle writes to, where nothing else is meant to. Whoever still holds the handle writes to nowhere.
    func remove(_ handle: any MetricHandle) {
        let streams =
            (handle as? MetricFanOut)?.targets.map { $0.stream } ?? [handle].compactMap { $0 as? any MetricStream }
        var hasRemoved = false
        for table in tables {
            for stream in streams where table.remove(stream) { hasRemoved = true }
        }
        guard hasRemoved else { return }
        byDimensions.withLock { $0 = [:] }
        byAttributes.withLock { $0 = [:] }
    }

    /// What is exported now, by view.
    func collect(_ collection: MetricCollection) -> [(StreamTable.Definition, MetricData)] {
        tables.flatMap { table in
            table.collect(collection).metricData(collection).map { (table.definition, $0) }
        }
    }
}

/// What is known of an instrument when it is made.
struct InstrumentDescription: Sendable {
    var name: String
    var form: InstrumentForm
    var unit: String
    var text: String
    /// What the program asks for; `nil` for the default.
    var buckets: HistogramBuckets?
}

/// Which call made an instrument. Instruments of one name and different forms are different instruments.
enum InstrumentForm: Hashable, Sendable, CaseIterable {
    case counter
    case floatingPointCounter
    case upDownCounter
    /// A `Meter`, a `Gauge`, or a gauge of a ``ClewMeter``.
    case gauge
    case histogram
    case timer

    var kind: InstrumentKind {
        switch self {
        case .counter, .floatingPointCounter: .counter
        case .upDownCounter: .upDownCounter
        case .gauge: .gauge
        case .histogram, .timer: .histogram
        }
    }
}

/// The dimensions of swift-metrics in the order in which they came.
private struct Dimensions: Hashable {
    var pairs: [(String, String)]

    static func == (left: Self, right: Self) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0.0 == $1.0 && $0.1 == $1.1 }
    }

    func hash(into hasher: inout Hasher) {
        for (key, value) in pairs {
            hasher.combine(key)
            hasher.combine(value)
        }
    }
}

extension Attribute {
    /// The facade's dimensions are strings; those that the conventions define as integers become integers.
    fileprivate init(dimension: (key: String, value: String)) {
        let isInteger = InstrumentConventions.integerKeys.contains(dimension.key)
        let number = isInteger ? Int64(dimension.value) : nil
        self.init(dimension.key, number.map { .int($0) } ?? .string(dimension.value))
    }
}

extension StreamData {
    /// One entry for each kind of points that there are.
    fileprivate func metricData(_ collection: MetricCollection) -> [MetricData] {
        let temporality = collection.isDelta ? AggregationTemporality.delta : .cumulative
        var result: [MetricData] = []
        if !sums.isEmpty { result.append(.sum(sums, temporality: temporality, isMonotonic: isMonotonic)) }
        if !gauges.isEmpty { result.append(.gauge(gauges)) }
        if !histograms.isEmpty { result.append(.histogram(histograms, temporality: temporality)) }
        if !exponentialHistograms.isEmpty {
            result.append(.exponentialHistogram(exponentialHistograms, temporality: temporality))
        }
        return result
    }
}
