public import ClewFakeCollector
public import CoreMetrics
public import Logging
public import Tracing

/// A backend of swift-log, swift-metrics and swift-distributed-tracing that is checked against what they and
/// OpenTelemetry ask for.
///
/// A backend that speaks OTLP over HTTP needs one function:
///
/// ```swift
/// struct MyBackend: ConformanceSubject {
///     func start(_ environment: [String: String]) async throws -> ConformanceBackend {
///         let backend = try MyTelemetry(environment: environment)
///         return ConformanceBackend(
///             tracer: backend.tracer, metrics: backend.metricsFactory, logHandler: backend.makeLogHandler,
///             flush: { await backend.flush() }, shutdown: { await backend.shutdown() })
///     }
/// }
/// ```
///
/// In its tests, one parameterised test runs every check; in an executable, `print(await Conformance.report(on: MyBackend()))`
/// shows a table.
///
/// ```swift
/// @Test(arguments: ConformanceCheck.all)
/// func conforms(_ check: ConformanceCheck) async {
///     let outcome = await check.run(on: MyBackend())
///     #expect(outcome.failures == [])
/// }
/// ```
public protocol ConformanceSubject: Sendable {
    /// Makes a fresh backend that is set up by these standard variables alone, as a process with this environment would be.
    ///
    /// They name the service and an OTLP/HTTP endpoint on this machine (`OTEL_EXPORTER_OTLP_ENDPOINT`, `http/protobuf`), and
    /// what the check needs. It is called once a check; nothing may be installed in the global systems.
    ///
    /// - Throws: ``ConformanceSkip`` where the backend does not have what a check needs, or why it does not start.
    func start(_ environment: [String: String]) async throws -> ConformanceBackend

    /// Why a check is left out, for what the backend decided otherwise; default `nil`.
    func reasonToSkip(_ check: ConformanceCheck) -> String?
}

extension ConformanceSubject {
    public func reasonToSkip(_ check: ConformanceCheck) -> String? { nil }
}

/// What a ``ConformanceSubject`` made. Checks of a facade that it does not have are skipped.
public struct ConformanceBackend: Sendable {
    public var tracer: (any Tracer)?
    public var metrics: (any MetricsFactory)?
    /// Makes the log handler of a label.
    public var logHandler: (@Sendable (String) -> any LogHandler)?
    /// Sends everything that is finished by now, metrics included; returns when it was sent.
    public var flush: @Sendable () async throws -> Void
    /// Sends everything and ends.
    public var shutdown: @Sendable () async throws -> Void
    /// What was exported, for a backend that does not speak OTLP over HTTP; checks of the transport are then skipped.
    public var received: (any ReceivedTelemetry)?

    public init(
        tracer: (any Tracer)? = nil, metrics: (any MetricsFactory)? = nil,
        logHandler: (@Sendable (String) -> any LogHandler)? = nil, received: (any ReceivedTelemetry)? = nil,
        flush: @escaping @Sendable () async throws -> Void, shutdown: @escaping @Sendable () async throws -> Void
    ) {
        self.tracer = tracer
        self.metrics = metrics
        self.logHandler = logHandler
        self.received = received
        self.flush = flush
        self.shutdown = shutdown
    }
}

/// Says that a check does not apply to a backend.
public struct ConformanceSkip: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ reason: String) {
        description = reason
    }
}
