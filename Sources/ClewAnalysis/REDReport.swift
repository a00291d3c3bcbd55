public import ClewModel

/// Rate, errors and duration of the entries (server and consumer spans) of each service and operation.
public struct REDReport: Hashable, Sendable, Codable {
    public var from: UnixNanoseconds
    public var to: UnixNanoseconds
    /// Nanoseconds per element of a row's series.
    public var step: UInt64
    /// By service, then operation.
    public var rows: [Row]

    public init(from: UnixNanoseconds, to: UnixNanoseconds, step: UInt64, rows: [Row]) {
        self.from = from
        self.to = to
        self.step = step
        self.rows = rows
    }

    /// One service's operation, or a whole service where ``operation`` is empty.
    public struct Row: Hashable, Sendable, Codable {
        public var service: String
        public var operation: String
        public var count: Int
        public var errors: Int
        public var durations: Quantiles
        /// One element per step from `from` on.
        public var series: [Point]
        /// All durations, in buckets; for heatmaps and histograms.
        public var histogram: DurationHistogram

        public init(
            service: String,
            operation: String,
            count: Int,
            errors: Int,
            durations: Quantiles,
            series: [Point],
            histogram: DurationHistogram
        ) {
            self.service = service
            self.operation = operation
            self.count = count
            self.errors = errors
            self.durations = durations
            self.series = series
            self.histogram = histogram
        }

        /// Errors as a share of all, 0...1.
        public var errorShare: Double { count == 0 ? 0 : Double(errors) / Double(count) }
    }

    /// One step of a series.
    public struct Point: Hashable, Sendable, Codable {
        public var count: Int
        public var errors: Int
        /// Nanoseconds; zero where nothing was counted.
        public var p50: UInt64
        public var p95: UInt64
        public var p99: UInt64
        /// Durations of this step in buckets.
        public var histogram: DurationHistogram

        public init(
            count: Int = 0, errors: Int = 0, p50: UInt64 = 0, p95: UInt64 = 0, p99: UInt64 = 0,
            histogram: DurationHistogram = DurationHistogram()
        ) {
            self.count = count
            self.errors = errors
            self.p50 = p50
            self.p95 = p95
            self.p99 = p99
            self.histogram = histogram
        }
    }
}
