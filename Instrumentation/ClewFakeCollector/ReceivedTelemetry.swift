public import ClewModel

/// Telemetry that was received, for tests to ask questions of.
///
/// ```swift
/// let orders = try await exporter.waitForSpans(named: "POST /orders")
/// #expect(orders[0].attributes["http.response.status_code"] == 201)
/// #expect(exporter.trace(named: "POST /orders")?.outline == "POST /orders\n  INSERT orders")
/// #expect(exporter.metric("http.server.request.duration")?.count(where: ["http.route": "/orders"]) == 1)
/// #expect(exporter.logs(containing: "out of stock").isEmpty)
/// ```
public protocol ReceivedTelemetry: Sendable {
    /// In the order in which they came.
    var spans: [ClewModel.Span] { get }
    var logs: [LogRecord] { get }
    /// As they were exported: one entry an export. ``metric(_:)`` joins them.
    var metrics: [Metric] { get }
    /// Counts the batches or requests.
    var arrivals: Arrivals { get }
}

extension ReceivedTelemetry {
    public func spans(named name: String) -> [ClewModel.Span] { spans.filter { $0.name == name } }

    /// The log records whose body holds a text.
    public func logs(containing text: String) -> [LogRecord] {
        logs.filter { $0.body.description.contains(text) }
    }

    /// What all exports so far say about a metric; `nil` where none had it.
    public func metric(_ name: String) -> MetricReading? { MetricReading(metrics.filter { $0.name == name }) }

    /// All traces, in the order in which they began.
    public var traces: [TraceTree] {
        Dictionary(grouping: spans, by: \.traceID).map { TraceTree($0, of: $1) }.sorted()
    }

    public func trace(_ id: TraceID) -> TraceTree? { traces.first { $0.id == id } }

    /// The first trace with a span of this name.
    public func trace(named name: String) -> TraceTree? {
        traces.first { $0.spans.contains { $0.name == name } }
    }
}

// MARK: - Waiting

extension ReceivedTelemetry {
    /// Waits until at least so many spans came.
    ///
    /// - Returns: All spans, or all of the name, that came so far.
    /// - Throws: ``TelemetryTimeout``, or `CancellationError`.
    @discardableResult
    public func waitForSpans(
        count: Int = 1, named name: String? = nil, within limit: Duration = .seconds(5)
    ) async throws -> [ClewModel.Span] {
        try await wait(for: Self.text(count, "span", name.map { "named '\($0)'" }), within: limit) {
            let spans = name.map($0.spans(named:)) ?? $0.spans
            return spans.count >= count ? spans : nil
        }
    }

    /// Waits until at least so many log records came.
    ///
    /// - Returns: All records, or all that hold the text, that came so far.
    /// - Throws: ``TelemetryTimeout``, or `CancellationError`.
    @discardableResult
    public func waitForLogs(
        count: Int = 1, containing text: String? = nil, within limit: Duration = .seconds(5)
    ) async throws -> [LogRecord] {
        try await wait(for: Self.text(count, "log record", text.map { "containing '\($0)'" }), within: limit) {
            let logs = text.map($0.logs(containing:)) ?? $0.logs
            return logs.count >= count ? logs : nil
        }
    }

    /// Waits until `find` gives a value; it is asked again whenever something arrives.
    ///
    /// - Parameter what: Names what is waited for, in the error's text.
    /// - Throws: ``TelemetryTimeout``, or `CancellationError`.
    public func wait<Value>(
        for what: String, within limit: Duration = .seconds(5), _ find: (Self) throws -> Value?
    ) async throws -> Value {
        let end = ContinuousClock.now + limit
        while true {
            let seen = arrivals.count
            if let value = try find(self) { return value }
            guard await arrivals.reached(seen + 1, until: end) else {
                try Task.checkCancellation()
                throw TelemetryTimeout(what: what, limit: limit, received: summary)
            }
        }
    }

    /// What came, as a failure message shows it: the traces, and how many log records and metrics.
    public var summary: String {
        let traces = traces
        let shown = traces.prefix(20).map(\.description)
        let more = traces.count > shown.count ? ["… and \(traces.count - shown.count) more traces"] : []
        let counts = "\(spans.count) spans, \(logs.count) log records, \(metrics.count) metrics"
        return ([counts] + shown + more).joined(separator: "\n")
    }

    private static func text(_ count: Int, _ noun: String, _ condition: String?) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")" + (condition.map { " \($0)" } ?? "")
    }
}

/// Says that something did not come in time, and what came instead.
public struct TelemetryTimeout: Error, CustomStringConvertible {
    public var what: String
    public var limit: Duration
    /// ``ReceivedTelemetry/summary`` at the end.
    public var received: String

    public var description: String { "waited \(limit) for \(what); received: \(received)" }
}
