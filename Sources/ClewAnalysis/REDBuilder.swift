public import ClewModel

/// Counts entry spans into a ``REDReport``, one at a time, within bounds.
///
/// Only server and consumer spans that start in the window count. Quantiles come from ``DurationHistogram``: within
/// 4.5 % of the true value, but for the maximum of a row, which is exact.
public struct REDBuilder: Sendable {
    /// Elements of a series at most; a shorter step is lengthened to fit.
    public static let maximumPoints = 1000

    /// Bounds on the number of rows. Span names may hold ids where instrumentation is careless.
    public struct Limits: Hashable, Sendable {
        /// Services; further ones are counted as one.
        public var services: Int
        /// Operations of a service; further ones are counted as one.
        public var operationsPerService: Int
        /// Operations of all services.
        public var operations: Int
        /// Elements of all series; where there would be more, the step is doubled.
        public var points: Int

        public init(
            services: Int = 200, operationsPerService: Int = 100, operations: Int = 2000, points: Int = 50_000
        ) {
            self.points = points
            self.services = services
            self.operationsPerService = operationsPerService
            self.operations = operations
        }
    }

    public let from: UnixNanoseconds
    public let to: UnixNanoseconds
    /// Nanoseconds; grows with the number of rows, see ``Limits/points``.
    public private(set) var step: UInt64
    private let limits: Limits
    private var services: [String: Service] = [:]
    private var operationCount = 0
    private var rowCount = 0

    private struct Service {
        var total: Row
        var operations: [String: Row] = [:]
    }

    private struct Row {
        var stats = OutcomeStats()
        var series: [OutcomeStats]

        init(points: Int) {
            series = Array(repeating: OutcomeStats(), count: points)
        }

        mutating func record(_ span: SpanSummary, point: Int) {
            stats.record(duration: span.duration, isError: span.isError)
            series[point].record(duration: span.duration, isError: span.isError)
        }

        /// Makes one element of each two.
        mutating func coarsen() {
            series = stride(from: 0, to: series.count, by: 2).map { index in
                var merged = series[index]
                if index + 1 < series.count { merged.merge(series[index + 1]) }
                return merged
            }
        }
    }

    /// - Parameters:
    ///   - from: Start times from here on, inclusive.
    ///   - to: Start times up to here, exclusive.
    ///   - step: Nanoseconds per element of the series; zero makes one element of the whole window.
    public init(from: UnixNanoseconds, to: UnixNanoseconds, step: UInt64, limits: Limits = Limits()) {
        self.from = from
        self.to = max(from, to)
        let length = self.to - from
        let shortest = length / UInt64(Self.maximumPoints) + (length % UInt64(Self.maximumPoints) == 0 ? 0 : 1)
        self.step = max(1, step == 0 ? length : max(step, shortest))
        self.limits = limits
    }

    public mutating func add(_ span: SpanSummary) {
        guard span.isEntry, span.start >= from, span.start < to else { return }
        let service = services[span.service] != nil || services.count < limits.services ? span.service : Overflow.name
        let (operation, isNew) = operationName(span.name, in: services[service]?.operations ?? [:])
        makeRoom(forRows: (isNew ? 1 : 0) + (services[service] == nil ? 1 : 0))
        let (point, points) = (Int((span.start - from) / step), pointCount)
        if isNew { operationCount += 1 }
        services[service, default: Service(total: Row(points: points))].total.record(span, point: point)
        services[service]?.operations[operation, default: Row(points: points)].record(span, point: point)
    }

    /// Doubles the step until the series of so many more rows fit.
    private mutating func makeRoom(forRows more: Int) {
        rowCount += more
        while pointCount > 1, rowCount * pointCount > limits.points {
            let (doubled, overflowed) = step.multipliedReportingOverflow(by: 2)
            step = overflowed ? .max : doubled
            for service in services.keys {
                services[service]?.total.coarsen()
                for operation in services[service]?.operations.keys.map({ $0 }) ?? [] {
                    services[service]?.operations[operation]?.coarsen()
                }
            }
        }
    }

    public func finish() -> REDReport {
        let rows = services.sorted { $0.key < $1.key }.flatMap { name, service in
            [row(name, "", service.total)]
                + service.operations.sorted { $0.key < $1.key }.map { row(name, $0.key, $0.value) }
        }
        return REDReport(from: from, to: to, step: step, rows: rows)
    }

    private var pointCount: Int {
        let length = to - from
        return Int(length / step) + (length % step == 0 ? 0 : 1)
    }

    /// The row that counts a span of this name, and whether it must be made.
    private func operationName(_ name: String, in operations: [String: Row]) -> (name: String, isNew: Bool) {
        // An empty operation stands for the whole service.
        if !name.isEmpty, operations[name] != nil { return (name, false) }
        let hasRoom = operations.count < limits.operationsPerService && operationCount < limits.operations
        if hasRoom, !name.isEmpty { return (name, true) }
        return (Overflow.name, operations[Overflow.name] == nil)
    }

    private func row(_ service: String, _ operation: String, _ row: Row) -> REDReport.Row {
        REDReport.Row(
            service: service,
            operation: operation,
            count: row.stats.count,
            errors: row.stats.errors,
            durations: row.stats.quantiles,
            series: row.series.map(point),
            histogram: row.stats.histogram)
    }

    private func point(_ stats: OutcomeStats) -> REDReport.Point {
        let quantiles = stats.quantiles
        return REDReport.Point(
            count: stats.count,
            errors: stats.errors,
            p50: quantiles.p50,
            p95: quantiles.p95,
            p99: quantiles.p99,
            histogram: stats.histogram)
    }
}

extension REDReport {
    /// Counts the entries among `spans`; see ``REDBuilder``.
    public init(
        spans: some Sequence<SpanSummary>, from: UnixNanoseconds, to: UnixNanoseconds, step: UInt64
    ) {
        var builder = REDBuilder(from: from, to: to, step: step)
        for span in spans { builder.add(span) }
        self = builder.finish()
    }
}
