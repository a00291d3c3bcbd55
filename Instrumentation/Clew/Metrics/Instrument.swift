import ClewModel

/// One instrument: its streams, and the handles that were given out for its sets of attributes.
final class Instrument: Sendable {
    let description: InstrumentDescription
    /// One for each view that selects it; none where it is dropped.
    private let tables: [StreamTable]
    private let byDimensions: HandleCache<Dimensions>
    private let byAttributes: HandleCache<Attributes>

    init(_ description: InstrumentDescription, tables: [StreamTable]) {
        self.description = description
        self.tables = tables
        let capacity = 2 * (tables.map(\.definition.limit).max() ?? 0)
        byDimensions = HandleCache(capacity: capacity)
        byAttributes = HandleCache(capacity: capacity)
    }

    func handle(_ dimensions: [(String, String)]) -> any MetricHandle {
        guard !tables.isEmpty else { return MetricFanOut.dropped }
        return byDimensions.handle(for: Dimensions(pairs: dimensions)) {
            makeHandle(dimensions.map { Attribute(dimension: $0) }.canonical)
        }
    }

    func handle(_ attributes: Attributes) -> any MetricHandle {
        guard !tables.isEmpty else { return MetricFanOut.dropped }
        return byAttributes.handle(for: attributes, canKeep: !attributes.mayHoldNaN) {
            makeHandle(attributes.canonical)
        }
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
        byDimensions.removeAll()
        byAttributes.removeAll()
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
