public import ClewModel
import CoreMetrics
import FoundationEssentials
public import Logging
public import ServiceLifecycle
import Synchronization
import Tracing

/// Traces, metrics and logs of one service.
///
/// ```swift
/// let telemetry = try Telemetry(service: "orders")
/// telemetry.bootstrap()
/// let group = ServiceGroup(services: [telemetry, server], logger: Logger(label: "orders"))
/// try await group.run()
/// ```
///
/// A service group stops its services in reverse order, so `telemetry` stands first in the list and outlives what it
/// observes. Nothing here waits for the collector or fails with it: queues are bounded, and what does not fit is counted
/// and reported once a minute.
public final class Telemetry: Service, Sendable {
    public let configuration: Configuration
    public let resource: Resource
    /// For code that is not to use the global `InstrumentationSystem`.
    public let tracer: ClewTracer
    /// For code that is not to use the global `MetricsSystem`.
    public let metricsFactory: ClewMetricsFactory
    private let logs: LogPipeline
    private let pipeline: ExportPipeline

    /// Reads the settings of the process's environment; see ``Configuration``.
    ///
    /// - Throws: ``TelemetryError`` where nothing names the service.
    public convenience init(service: String) throws {
        try self.init(service: service, environment: ProcessInfo.processInfo.environment)
    }

    /// Reads the settings of the given environment.
    ///
    /// - Throws: ``TelemetryError`` where nothing names the service.
    public convenience init(service: String, environment: [String: String]) throws {
        try self.init(Configuration(service: service, environment: environment))
    }

    /// - Parameters:
    ///   - exporter: Takes the telemetry in place of the collector that the configuration names.
    ///   - clock: The time and the waiting of everything inside.
    ///   - output: Where log lines go.
    /// - Throws: ``TelemetryError`` where nothing names the service.
    public init(
        _ configuration: Configuration, exporter: (any TelemetryExporter)? = nil, clock: TelemetryClock = .system,
        output: LogOutput = .standardOutput
    ) throws {
        guard !configuration.service.isEmpty else {
            throw TelemetryError(
                .missingServiceName,
                "the service has no name: pass one to Telemetry(service:) or set OTEL_SERVICE_NAME")
        }
        self.configuration = configuration
        let resource = ResourceDetector.resource(configuration)
        let scope = InstrumentationScope(
            name: "clew", version: ClewVersion.current, schemaURL: SemanticConventions.schemaURL)
        let registry = MetricRegistry(resource: resource, scope: scope, clock: clock)
        let signals: Set<Signal> = configuration.isDisabled ? [] : Set(configuration.otlp.keys)
        let statistics = ExportStatistics()
        let (spill, spillWarning) = configuration.makeSpillDirectory(statistics, signals)
        let ownMetrics =
            configuration.exportsSDKMetrics && exporter == nil
            ? ExportMetrics(
                statistics, configuration, signals: signals, resource: resource, scope: scope, clock: clock) : nil
        let pipeline = ExportPipeline(
            configuration,
            signals: signals,
            exporter: exporter ?? configuration.makeExporter(),
            statistics: statistics,
            spill: spill,
            clock: clock,
            metrics: { registry.collect() + (ownMetrics?.collect($0) ?? []) }
        )
        self.resource = resource
        self.pipeline = pipeline
        metricsFactory = ClewMetricsFactory(registry)
        logs = LogPipeline(resource: resource, clock: clock, output: output) { pipeline.enqueue($0) }
        tracer = ClewTracer(
            environment: SpanEnvironment(
                sampler: configuration.sampler,
                limits: configuration.spanLimits,
                resource: resource,
                scope: scope,
                clock: clock,
                finish: { pipeline.enqueue($0) }
            ),
            propagator: configuration.propagator,
            isEnabled: !configuration.isDisabled,
            flush: pipeline.wake
        )
        (configuration.warnings + [spillWarning].compactMap(\.self)).forEach(logs.warn)
        if exporter == nil { configuration.fileProblems(signals).forEach(logs.warn) }
    }

    /// Makes the log handler of a label, for code that is not to use the global `LoggingSystem`.
    public var logHandlerFactory: @Sendable (String) -> any LogHandler {
        { self.logHandler(label: $0, metadataProvider: nil) }
    }

    /// What was exported and what was lost so far.
    public var statistics: ExportStatistics.Snapshot { pipeline.statistics.snapshot }

    private func logHandler(label: String, metadataProvider: Logger.MetadataProvider?) -> any LogHandler {
        ClewLogHandler(
            label: label, logLevel: configuration.logLevel, metadataProvider: metadataProvider, pipeline: logs)
    }
}

extension Telemetry {
    private static let isBootstrapped = Mutex(false)

    /// Makes this the backend of swift-log, swift-metrics and swift-distributed-tracing for the whole process.
    ///
    /// A second call in the process is ignored with a warning. The facades themselves end the process when another
    /// backend was installed before.
    ///
    /// - Parameter metadataProvider: Adds metadata to every log line; ids of traces are added without it.
    public func bootstrap(metadataProvider: Logger.MetadataProvider? = nil) {
        let isFirst = Self.isBootstrapped.withLock { done in
            defer { done = true }
            return !done
        }
        guard isFirst else {
            logs.warn("Telemetry.bootstrap() was called a second time and is ignored: a process has one backend")
            return
        }
        LoggingSystem.bootstrap(
            { self.logHandler(label: $0, metadataProvider: $1) }, metadataProvider: metadataProvider)
        MetricsSystem.bootstrap(metricsFactory)
        InstrumentationSystem.bootstrap(tracer)
    }

    /// Exports until the service is stopped or cancelled, then sends what is queued within
    /// ``Configuration/shutdownTimeout``.
    public func run() async throws {
        pipeline.start(report: logs.warn)
        let (stopped, stop) = AsyncStream<Never>.makeStream()
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stopped {}
        } onCancelOrGracefulShutdown: {
            stop.finish()
        }
        await shutdown()
    }

    /// Sends what is queued now; returns when it was sent, when an attempt failed and will be repeated later, or when the
    /// time is over. Any number of callers at once send nothing twice.
    ///
    /// - Parameter limit: How long to wait; ``Configuration/shutdownTimeout`` unless given.
    /// - Returns: Whether everything that was queued was sent.
    @discardableResult
    public func flush(within limit: Duration? = nil) async -> FlushResult {
        await pipeline.flush(within: limit ?? configuration.shutdownTimeout)
    }

    /// Sends what is queued and ends exporting, for programs that do not ``run()`` this as a service.
    public func shutdown() async {
        // Its own task: a cancelled service still has its last words.
        await Task { [pipeline, configuration] in
            await pipeline.shutdown(within: configuration.shutdownTimeout)
        }.value
    }
}

extension Telemetry.Configuration {
    fileprivate func makeExporter() -> any TelemetryExporter {
        if let udpEndpoint { return UDPExporter(udpEndpoint) }
        return OTLPHTTPExporter(otlp)
    }

    /// What is wrong with the certificates now, one sentence each.
    fileprivate func fileProblems(_ signals: Set<Signal>) -> [String] {
        guard udpEndpoint == nil else { return [] }
        return Signal.allCases.filter(signals.contains).compactMap { signal in
            otlp[signal].flatMap { ExportTLS.problem(signal, $0) }
        }
    }

    fileprivate func makeSpillDirectory(
        _ statistics: ExportStatistics, _ signals: Set<Signal>
    ) -> (SpillDirectory?, warning: String?) {
        guard let spillDirectory, udpEndpoint == nil, !signals.isEmpty else { return (nil, nil) }
        do {
            return (try SpillDirectory(spillDirectory, limit: spillLimit, statistics), nil)
        } catch {
            return (
                nil,
                "CLEW_SPILL_DIRECTORY=\(spillDirectory) cannot be used: \(error); telemetry is dropped while the collector is away"
            )
        }
    }
}
