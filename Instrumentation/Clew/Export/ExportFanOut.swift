import ClewModel

/// The pipelines of all exporters, each with its own queue, retries and counts.
///
/// So each exporter is as if it were alone: one that is down or slow holds no other up, and what one refused is not sent
/// twice to another. Items are shared, not copied, between the queues.
final class ExportFanOut: Sendable {
    /// What the specification's metrics about the SDK count; they go to the collector and to scrapers.
    let activity: ExportActivity
    private let sdkMetrics: ExportMetrics?
    private let pipelines: [(name: String, isCollector: Bool, pipeline: ExportPipeline)]

    /// - Parameters:
    ///   - exporter: In place of the collector that the configuration names.
    ///   - metrics: Gathers the metrics of this moment; asked once for each exporter. Only the first, the collector or what
    ///     stands in its place, may get what changed since the last time: that is kept once.
    init(
        _ configuration: Telemetry.Configuration, exporter: (any TelemetryExporter)?, resource: Resource,
        scope: InstrumentationScope, clock: TelemetryClock, diagnostics: Diagnostics,
        metrics: @escaping @Sendable (MetricRegistry.Reader) async -> [Metric]
    ) {
        let collector = ExportStatistics()
        activity = collector.activity
        let collectorSignals = configuration.isDisabled ? [] : Set(configuration.otlp.keys)
        if exporter == nil { configuration.certificateProblems(collectorSignals).forEach(diagnostics.warn) }
        let hasSDKMetrics = configuration.exportsSDKMetrics && !configuration.isDisabled && exporter == nil
        let sdkMetrics =
            hasSDKMetrics
            ? ExportMetrics(
                collector, configuration, signals: collectorSignals, resource: resource, scope: scope, clock: clock)
            : nil
        self.sdkMetrics = sdkMetrics
        pipelines = configuration.targets(exporter, diagnostics).map { target in
            let isCollector = target.reader == .preferred
            let statistics = isCollector ? collector : ExportStatistics()
            let signals = configuration.isDisabled ? [] : target.signals
            let pipeline = ExportPipeline(
                target.configuration, signals: signals, exporter: target.exporter, statistics: statistics,
                spill: isCollector && exporter == nil
                    ? configuration.spillDirectory(statistics, signals, diagnostics) : nil,
                clock: clock,
                metrics: { queues in
                    let collected = await metrics(target.reader)
                    guard isCollector, let sdkMetrics else { return collected }
                    return collected + sdkMetrics.collect(queues, for: target.reader)
                })
            return (target.name, isCollector, pipeline)
        }
    }

    /// The library's metrics about itself for a scraper, since their start.
    var ownMetrics: [Metric] {
        let queues = pipelines.first(where: \.isCollector)?.pipeline.queues ?? []
        return sdkMetrics?.collect(queues, for: .cumulative) ?? []
    }

    /// What all exporters together sent and lost: an item that goes to two of them counts twice.
    var statistics: ExportStatistics.Snapshot {
        pipelines.reduce(into: ExportStatistics.Snapshot()) { $0.add($1.pipeline.statistics.snapshot) }
    }

    func enqueue(_ span: EndedSpan) {
        for entry in pipelines { entry.pipeline.enqueue(span) }
    }

    func enqueue(_ entry: LogEntry) {
        for target in pipelines { target.pipeline.enqueue(entry) }
    }

    func wake() {
        for entry in pipelines { entry.pipeline.wake() }
    }

    /// Begins sending, and reporting once a minute what was dropped.
    func start(report: @escaping @Sendable (String) -> Void) {
        for entry in pipelines {
            entry.pipeline.start { report(self.pipelines.count == 1 ? $0 : "\(entry.name): \($0)") }
        }
    }

    func flush(within limit: Duration) async -> FlushResult {
        await withTaskGroup(of: FlushResult.self) { group in
            for entry in pipelines { group.addTask { await entry.pipeline.flush(within: limit) } }
            return await group.reduce(.sent) { $0.worse($1) }
        }
    }

    /// Ends at once, without sending.
    func abandon() {
        for entry in pipelines { entry.pipeline.abandon() }
    }

    /// Sends what is queued, at the latest until `limit`; counts what is left as dropped.
    func shutdown(within limit: Duration) async {
        await withDiscardingTaskGroup { group in
            for entry in pipelines { group.addTask { await entry.pipeline.shutdown(within: limit) } }
        }
    }
}

/// One place that telemetry goes to.
private struct ExportTarget {
    var name: String
    var signals: Set<Signal>
    var exporter: any TelemetryExporter
    var configuration: Telemetry.Configuration
    var reader: MetricRegistry.Reader
}

extension Telemetry.Configuration {
    fileprivate func targets(_ exporter: (any TelemetryExporter)?, _ diagnostics: Diagnostics) -> [ExportTarget] {
        var targets: [ExportTarget] = []
        func add(
            _ name: String, _ signals: Set<Signal>, _ exporter: any TelemetryExporter, isPrompt: Bool = false,
            reader: MetricRegistry.Reader = .cumulative
        ) {
            targets.append(
                ExportTarget(
                    name: name, signals: signals, exporter: exporter, configuration: isPrompt ? prompt : self,
                    reader: reader))
        }
        if let exporter {
            add("exporter", Set(otlp.keys), exporter, reader: .preferred)
        } else if let udpEndpoint, !otlp.isEmpty {
            add("udp", Set(otlp.keys), UDPExporter(udpEndpoint), reader: .preferred)
        } else if !otlp.isEmpty {
            add("otlp", Set(otlp.keys), OTLPHTTPExporter(otlp), reader: .preferred)
        }
        if let file, !file.signals.isEmpty {
            add("file", file.signals, FileExporter(file, diagnostics: diagnostics))
        }
        if !standardOutput.isEmpty {
            add("stdout", standardOutput, FileExporter(to: .standardOutput, diagnostics: diagnostics))
        }
        if !console.isEmpty {
            let output = consoleStream == .error ? LogOutput.standardError : .standardOutput
            add("console", console, ConsoleExporter(output), isPrompt: true)
        }
        return targets
    }

    /// For someone who watches: a tenth of a second, and the 10 s that the specification has for metrics on a console.
    private var prompt: Self {
        var prompt = self
        prompt.spanQueue.delay = min(spanQueue.delay, .milliseconds(100))
        prompt.logQueue.delay = min(logQueue.delay, .milliseconds(100))
        prompt.metricInterval = min(metricInterval, .seconds(10))
        return prompt
    }
}

extension Telemetry.Configuration {
    /// What is wrong with the certificates now, one sentence each.
    fileprivate func certificateProblems(_ signals: Set<Signal>) -> [String] {
        guard udpEndpoint == nil else { return [] }
        return Signal.allCases.filter(signals.contains).compactMap { signal in
            otlp[signal].flatMap { ExportTLS.problem(signal, $0) }
        }
    }

    fileprivate func spillDirectory(
        _ statistics: ExportStatistics, _ signals: Set<Signal>, _ diagnostics: Diagnostics
    ) -> SpillDirectory? {
        guard let spillDirectory, udpEndpoint == nil, !signals.isEmpty else { return nil }
        do {
            return try SpillDirectory(spillDirectory, limit: spillLimit, statistics)
        } catch {
            diagnostics.warn(
                "CLEW_SPILL_DIRECTORY=\(spillDirectory) cannot be used: \(error); telemetry is dropped while the collector is away"
            )
            return nil
        }
    }
}
