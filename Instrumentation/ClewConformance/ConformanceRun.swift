import ClewFakeCollector
import ClewModel
import CoreMetrics
import Logging
import Synchronization
import Tracing

/// What a check works with: the backend, what it exported, and a place for what is wrong.
///
/// The backend's tracer is the current one while a check runs, so that checks use `withSpan` and `startSpan` as services do.
final class ConformanceRun: Sendable {
    static let serviceName = "conformance"

    private struct State {
        var failures: [String] = []
        var wasShutDown = false
    }

    let collector: FakeCollector
    private let backend: ConformanceBackend
    private let state = Mutex(State())

    init(_ backend: ConformanceBackend, _ collector: FakeCollector) {
        self.backend = backend
        self.collector = collector
    }

    var failures: [String] { state.withLock(\.failures) }
    var wasShutDown: Bool { state.withLock(\.wasShutDown) }

    /// What was exported, whatever it was answered.
    var received: any ReceivedTelemetry { backend.received ?? collector }

    var tracer: any Tracer {
        get throws { try required(backend.tracer, "a tracer") }
    }

    var metrics: any MetricsFactory {
        get throws { try required(backend.metrics, "a metrics factory") }
    }

    func handler(_ label: String) throws -> any LogHandler { try required(backend.logHandler, "log handlers")(label) }

    /// A logger that lets everything pass.
    func logger(_ label: String = "conformance.logger", _ adjust: (inout any LogHandler) -> Void = { _ in }) throws
        -> Logger
    {
        var handler = try handler(label)
        handler.logLevel = .trace
        adjust(&handler)
        let adjusted = handler
        return Logger(label: label) { _ in adjusted }
    }

    /// Leaves checks of the transport out where there is none.
    func requireTransport() throws {
        if backend.received != nil { throw ConformanceSkip("the backend does not export over HTTP") }
    }

    private func required<Part>(_ part: Part?, _ name: String) throws -> Part {
        guard let part else { throw ConformanceSkip("the backend has no \(name)") }
        return part
    }
}

// MARK: - What was exported

extension ConformanceRun {
    func flush() async throws { try await backend.flush() }

    func shutdown() async throws {
        state.withLock { $0.wasShutDown = true }
        try await backend.shutdown()
    }

    /// The spans that were exported after a flush.
    func spans() async throws -> [ClewModel.Span] {
        _ = try tracer
        try await flush()
        return received.spans
    }

    /// The one span of this name that was exported after a flush.
    func span(_ name: String = "span") async throws -> ClewModel.Span {
        let spans = try await spans().filter { $0.name == name }
        try require(spans.count == 1, "\(spans.count) spans named '\(name)' were exported instead of one")
        return spans[0]
    }

    /// The one log record with this body that was exported after a flush.
    func log(_ body: String = "message") async throws -> LogRecord {
        try await flush()
        let logs = received.logs.filter { $0.body == .string(body) }
        try require(logs.count == 1, "\(logs.count) log records with the body '\(body)' were exported instead of one")
        return logs[0]
    }

    /// What was exported of a metric after a flush.
    func metric(_ name: String) async throws -> MetricReading {
        try await flush()
        guard let metric = received.metric(name) else {
            let names = Set(received.metrics.map(\.name)).sorted()
            throw ConformanceViolation("no metric '\(name)' was exported, only \(names)")
        }
        return metric
    }
}

// MARK: - Expectations

extension ConformanceRun {
    func fail(_ text: String) { state.withLock { $0.failures.append(text) } }

    func expect(_ isSo: Bool, _ failure: @autoclosure () -> String) {
        if !isSo { fail(failure()) }
    }

    func expectEqual<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) {
        expect(value == expected, "\(what): \(String(describing: value).prefix(500)) instead of \(expected)")
    }

    func require(_ isSo: Bool, _ failure: @autoclosure () -> String) throws(ConformanceViolation) {
        if !isSo { throw ConformanceViolation(failure()) }
    }
}

/// A broken rule after which a check has nothing more to look at.
struct ConformanceViolation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Headers as carriers of context.
struct HeaderCarrier: Extractor, Injector {
    func extract(key: String, from carrier: [String: String]) -> String? {
        carrier.first { $0.key.lowercased() == key.lowercased() }?.value
    }

    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key.lowercased()] = value
    }
}

extension ConformanceRun {
    /// A context with what these headers carry.
    func extract(_ headers: [String: String], into context: ServiceContext = .topLevel) throws -> ServiceContext {
        var context = context
        try tracer.extract(headers, into: &context, using: HeaderCarrier())
        return context
    }

    /// The headers that a context travels in, their names in lower case.
    func inject(_ context: ServiceContext) throws -> [String: String] {
        var headers: [String: String] = [:]
        try tracer.inject(context, into: &headers, using: HeaderCarrier())
        return headers
    }

    /// The fields of the `traceparent` that a context travels in.
    func traceParent(_ context: ServiceContext) throws -> (traceID: TraceID, spanID: SpanID, flags: UInt8) {
        let headers = try inject(context)
        guard let text = headers["traceparent"] else { throw ConformanceViolation("no traceparent was injected") }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "00", let traceID = TraceID(hex: parts[1]),
            let spanID = SpanID(hex: parts[2]),
            traceID.isValid, spanID.isValid, parts[3].count == 2, let flags = UInt8(parts[3], radix: 16),
            text == text.lowercased()
        else { throw ConformanceViolation("'\(text)' is not a traceparent of version 00") }
        return (traceID, spanID, flags)
    }
}
