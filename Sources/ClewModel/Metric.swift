/// A named stream of measurements with the resource and scope that sent it.
///
/// The fields are those of OTLP's `Metric` (opentelemetry/proto/metrics/v1/metrics.proto).
public struct Metric: Hashable, Sendable {
    public var name: String
    public var description: String
    /// A UCUM unit, for example `s`, `By` or `{request}`.
    public var unit: String
    public var data: MetricData
    public var metadata: Attributes
    public var resource: Resource
    public var scope: InstrumentationScope

    public init(
        name: String,
        description: String = "",
        unit: String = "",
        data: MetricData,
        metadata: Attributes = [],
        resource: Resource = Resource(),
        scope: InstrumentationScope = InstrumentationScope()
    ) {
        self.name = name
        self.description = description
        self.unit = unit
        self.data = data
        self.metadata = metadata
        self.resource = resource
        self.scope = scope
    }
}

/// The points of a metric, by their kind.
public enum MetricData: Hashable, Sendable {
    case gauge([NumberPoint])
    case sum([NumberPoint], temporality: AggregationTemporality, isMonotonic: Bool)
    case histogram([HistogramPoint], temporality: AggregationTemporality)
    case exponentialHistogram([ExponentialHistogramPoint], temporality: AggregationTemporality)
    case summary([SummaryPoint])
}

/// Whether a point covers the time since the last report or since the start. Raw values are OTLP's.
public enum AggregationTemporality: UInt8, Hashable, Sendable {
    case unspecified = 0
    case delta = 1
    case cumulative = 2
}

/// What every metric point carries beside its value.
public struct PointContext: Hashable, Sendable {
    public var attributes: Attributes
    public var start: UnixNanoseconds
    public var time: UnixNanoseconds
    /// Bit 0: no value was recorded for this point.
    public var flags: UInt32
    public var exemplars: [Exemplar]

    public init(
        attributes: Attributes = [],
        start: UnixNanoseconds = 0,
        time: UnixNanoseconds = 0,
        flags: UInt32 = 0,
        exemplars: [Exemplar] = []
    ) {
        self.attributes = attributes
        self.start = start
        self.time = time
        self.flags = flags
        self.exemplars = exemplars
    }
}

/// An integer or floating-point measurement; `none` where the sender set neither.
public enum NumberValue: Hashable, Sendable {
    case none
    case int(Int64)
    case double(Double)
}

/// A point of a gauge or sum.
public struct NumberPoint: Hashable, Sendable {
    public var context: PointContext
    public var value: NumberValue

    public init(context: PointContext = PointContext(), value: NumberValue) {
        self.context = context
        self.value = value
    }
}

/// A point of a histogram with explicit boundaries.
public struct HistogramPoint: Hashable, Sendable {
    public var context: PointContext
    public var count: UInt64
    public var sum: Double?
    public var min: Double?
    public var max: Double?
    /// One more than ``explicitBounds``, or empty.
    public var bucketCounts: [UInt64]
    /// Upper bounds, inclusive, ascending.
    public var explicitBounds: [Double]

    public init(
        context: PointContext = PointContext(),
        count: UInt64 = 0,
        sum: Double? = nil,
        min: Double? = nil,
        max: Double? = nil,
        bucketCounts: [UInt64] = [],
        explicitBounds: [Double] = []
    ) {
        self.context = context
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
        self.bucketCounts = bucketCounts
        self.explicitBounds = explicitBounds
    }
}

/// A point of a histogram with base-2 exponential boundaries.
public struct ExponentialHistogramPoint: Hashable, Sendable {
    /// Counts of consecutive buckets, the first at index `offset`.
    public struct Buckets: Hashable, Sendable {
        public var offset: Int32
        public var counts: [UInt64]

        public init(offset: Int32 = 0, counts: [UInt64] = []) {
            self.offset = offset
            self.counts = counts
        }
    }

    public var context: PointContext
    public var count: UInt64
    public var sum: Double?
    public var min: Double?
    public var max: Double?
    /// Bucket boundaries are powers of 2^(2^-scale).
    public var scale: Int32
    public var zeroCount: UInt64
    public var zeroThreshold: Double
    public var positive: Buckets
    public var negative: Buckets

    public init(
        context: PointContext = PointContext(),
        count: UInt64 = 0,
        sum: Double? = nil,
        min: Double? = nil,
        max: Double? = nil,
        scale: Int32 = 0,
        zeroCount: UInt64 = 0,
        zeroThreshold: Double = 0,
        positive: Buckets = Buckets(),
        negative: Buckets = Buckets()
    ) {
        self.context = context
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
        self.scale = scale
        self.zeroCount = zeroCount
        self.zeroThreshold = zeroThreshold
        self.positive = positive
        self.negative = negative
    }
}

/// A point with precomputed quantiles; kept for Prometheus summaries.
public struct SummaryPoint: Hashable, Sendable {
    public struct Quantile: Hashable, Sendable {
        /// In 0...1.
        public var quantile: Double
        public var value: Double

        public init(quantile: Double, value: Double) {
            self.quantile = quantile
            self.value = value
        }
    }

    public var context: PointContext
    public var count: UInt64
    public var sum: Double
    public var quantiles: [Quantile]

    public init(
        context: PointContext = PointContext(), count: UInt64 = 0, sum: Double = 0, quantiles: [Quantile] = []
    ) {
        self.context = context
        self.count = count
        self.sum = sum
        self.quantiles = quantiles
    }
}

/// A measurement kept with the span in which it was made.
public struct Exemplar: Hashable, Sendable {
    public var filteredAttributes: Attributes
    public var time: UnixNanoseconds
    public var value: NumberValue
    public var traceID: TraceID?
    public var spanID: SpanID?

    public init(
        filteredAttributes: Attributes = [],
        time: UnixNanoseconds = 0,
        value: NumberValue,
        traceID: TraceID? = nil,
        spanID: SpanID? = nil
    ) {
        self.filteredAttributes = filteredAttributes
        self.time = time
        self.value = value
        self.traceID = traceID
        self.spanID = spanID
    }
}
