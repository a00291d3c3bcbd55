public import ClewModel

/// What all exports of a metric say together.
///
/// Cumulative points and gauges count by their last export, delta points by their sum.
public struct MetricReading: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case counter
        case upDownCounter
        case gauge
        case histogram
    }

    /// The value of one set of attributes.
    public struct Point: Hashable, Sendable {
        public fileprivate(set) var attributes: Attributes
        /// Of a counter its total, of a gauge the last value, of a histogram the sum of the measurements.
        public fileprivate(set) var value: Double
        /// Measurements of a histogram; 0 for all else.
        public fileprivate(set) var count: UInt64
        /// The last point of an explicit histogram, as it was exported.
        public fileprivate(set) var histogram: ClewModel.HistogramPoint?
    }

    public let name: String
    public let unit: String
    public let kind: Kind
    public private(set) var points: [Point] = []

    /// - Parameter exports: The same metric from several exports, oldest first; summaries are left out.
    init?(_ exports: [Metric]) {
        guard let last = exports.last, let kind = Kind(last.data) else { return nil }
        name = last.name
        unit = last.unit
        self.kind = kind
        var indices: [Set<Attribute>: Int] = [:]
        for export in exports where Kind(export.data) == kind {
            let (points, isDelta) = Self.points(export.data)
            for point in points {
                let index = indices[Set(point.attributes)]
                if let index {
                    self.points[index].follow(with: point, isDelta: isDelta)
                } else {
                    indices[Set(point.attributes)] = self.points.count
                    self.points.append(point)
                }
            }
        }
    }

    /// The points whose attributes include these.
    public func points(where conditions: [String: AttributeValue]) -> [Point] {
        points.filter { point in conditions.allSatisfy { point.attributes[$0.key] == $0.value } }
    }

    /// The sum over the points whose attributes include these; `nil` where there are none.
    public func value(where conditions: [String: AttributeValue] = [:]) -> Double? {
        let points = points(where: conditions)
        return points.isEmpty ? nil : points.reduce(0) { $0 + $1.value }
    }

    /// How many measurements the histogram points have whose attributes include these.
    public func count(where conditions: [String: AttributeValue] = [:]) -> UInt64 {
        points(where: conditions).reduce(0) { $0 &+ $1.count }
    }

    private static func points(_ data: MetricData) -> ([Point], isDelta: Bool) {
        switch data {
        case .gauge(let points): (points.map(Point.init), false)
        case .sum(let points, let temporality, _): (points.map(Point.init), temporality == .delta)
        case .histogram(let points, let temporality): (points.map(Point.init), temporality == .delta)
        case .exponentialHistogram(let points, let temporality): (points.map(Point.init), temporality == .delta)
        case .summary: ([], false)
        }
    }
}

extension MetricReading.Kind {
    fileprivate init?(_ data: MetricData) {
        switch data {
        case .gauge: self = .gauge
        case .sum(_, _, let isMonotonic): self = isMonotonic ? .counter : .upDownCounter
        case .histogram, .exponentialHistogram: self = .histogram
        case .summary: return nil
        }
    }
}

extension MetricReading.Point {
    fileprivate init(_ point: NumberPoint) {
        let value: Double =
            switch point.value {
            case .none: .nan
            case .int(let value): Double(value)
            case .double(let value): value
            }
        self.init(attributes: point.context.attributes, value: value, count: 0)
    }

    fileprivate init(_ point: ClewModel.HistogramPoint) {
        self.init(
            attributes: point.context.attributes, value: point.sum ?? 0, count: point.count, histogram: point)
    }

    fileprivate init(_ point: ExponentialHistogramPoint) {
        self.init(attributes: point.context.attributes, value: point.sum ?? 0, count: point.count)
    }

    fileprivate mutating func follow(with later: Self, isDelta: Bool) {
        let before = self
        self = later
        guard isDelta else { return }
        value += before.value
        count &+= before.count
    }
}
