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
/// and reported once a minute. One that is let go without ``shutdown()`` exports nothing more.
public final class Telemetry: Service, Sendable {
    public let configuration: Configuration
    public let resource: Resource
    /// For code that is not to use the global `InstrumentationSystem`.
    public let tracer: ClewTracer
    /// For code that is not to use the global `MetricsSystem`.
    public let metricsFactory: ClewMetricsFactory
    let metrics: MetricRegistry
    /// What a scraper gets that sends such an `Accept`.
    let scrape: @Sendable (_ accept: String?) async -> PrometheusText
    let prometheusServer: PrometheusServer?
    private let runtimeMetrics: RuntimeMetrics?
    private let logs: LogPipeline
    private let pipeline: ExportFanOut
    private let diagnostics: Diagnostics

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
    ///   - exporter: Takes the telemetry in place of the collector that the configuration names; other exporters of the
    ///     configuration, such as the console, work besides.
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
        let metrics = MetricRegistry(configuration, resource: resource, scope: scope, clock: clock)
        let writer = LogWriter(configuration, output)
        let diagnostics = Diagnostics(configuration, resource: resource, clock: clock, writer: writer)
        let pipeline = ExportFanOut(
            configuration, exporter: exporter, resource: resource, scope: scope, clock: clock, diagnostics: diagnostics,
            metrics: metrics.collect)
        self.resource = resource
        self.pipeline = pipeline
        self.diagnostics = diagnostics
        self.metrics = metrics
        metricsFactory = ClewMetricsFactory(metrics)
        let scrape = { @Sendable (accept: String?) in
            await metrics.prometheusText(accept: accept, with: pipeline.ownMetrics)
        }
        self.scrape = scrape
        prometheusServer =
            configuration.isDisabled ? nil : configuration.prometheus.map { PrometheusServer($0, text: scrape) }
        runtimeMetrics =
            configuration.runtimeMetrics && !configuration.isDisabled
            ? RuntimeMetrics(ClewMeter(metrics.defaultScope), clock: clock) : nil
        logs = LogPipeline(configuration, resource: resource, clock: clock, writer: writer) { pipeline.enqueue($0) }
        let spanMetrics = configuration.spanMetrics ? SpanMetrics(factory: metricsFactory) : nil
        tracer = ClewTracer(
            environment: SpanEnvironment(
                sampler: configuration.sampler,
                limits: configuration.spanLimits,
                resource: resource,
                scope: scope,
                clock: clock,
                activity: pipeline.activity,
                finish: { span in
                    // First: the span is the export worker's as soon as it is queued.
                    spanMetrics?.record(span.core)
                    if span.core.spanContext.isSampled { pipeline.enqueue(span) }
                }
            ),
            propagator: configuration.propagator,
            isEnabled: !configuration.isDisabled,
            flush: pipeline.wake
        )
        configuration.warnings.forEach(diagnostics.warn)
        metrics.environment.report(diagnostics.warn)
        diagnostics.debug("telemetry is set up: \(configuration)")
    }

    /// Makes instruments with what swift-metrics cannot say.
    public var meter: ClewMeter { ClewMeter(metrics.defaultScope) }

    /// A meter of its own instrumentation scope, for a library or module.
    public func meter(_ name: String, version: String = "") -> ClewMeter {
        ClewMeter(metrics.scope(InstrumentationScope(name: name, version: version)))
    }

    deinit {
        // Let go without a shutdown: nobody can ask for one any more.
        pipeline.abandon()
    }

    /// Makes the log handler of a label, for code that is not to use the global `LoggingSystem`.
    public var logHandlerFactory: @Sendable (String) -> any LogHandler {
        { self.logHandler(label: $0) }
    }

    /// What was exported and what was lost so far, by all exporters: what goes to two of them counts twice.
    public var statistics: ExportStatistics.Snapshot { pipeline.statistics }

    /// Makes a log handler, for programs that log to other handlers too.
    ///
    /// ```swift
    /// LoggingSystem.bootstrap(
    ///     { MultiplexLogHandler([telemetry.logHandler(label: $0, metadataProvider: $1), other]) }, metadataProvider: nil)
    /// ```
    public func logHandler(label: String, metadataProvider: Logger.MetadataProvider? = nil) -> ClewLogHandler {
        ClewLogHandler(
            label: label, logLevel: configuration.logLevel(of: label), metadataProvider: metadataProvider,
            pipeline: logs)
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
            diagnostics.warn("Telemetry.bootstrap() was called a second time and is ignored: a process has one backend")
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
        pipeline.start(report: diagnostics.warn)
        runtimeMetrics?.start()
        // Not waited for: the name of its host may take its time to resolve.
        Task { [prometheusServer, diagnostics] in await prometheusServer?.start(warn: diagnostics.warn) }
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
        await Task { [pipeline, configuration, prometheusServer, runtimeMetrics] in
            await prometheusServer?.stop()
            await runtimeMetrics?.stop()
            await pipeline.shutdown(within: configuration.shutdownTimeout)
        }.value
    }
}
