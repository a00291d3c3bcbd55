import ClewModel
import Synchronization

/// The metrics of the library about itself, of which one reader may get what was added since it asked last.
///
/// What is counted is known only since the start, so a histogram of what was added has neither minimum nor maximum.
///
/// Source: OpenTelemetry semantic conventions, "Semantic conventions for OpenTelemetry SDK metrics".
struct ExportMetrics: Sendable {
    /// How full a queue is.
    struct Queue {
        var signal: Signal
        var size: Int
        var capacity: Int
    }

    private static let instances = Atomic<Int>(0)

    private let statistics: ExportStatistics
    private let signals: [Signal]
    private let exporters: [Signal: Attributes]
    private let resource: Resource
    private let scope: InstrumentationScope
    private let clock: TelemetryClock
    private let temporality: TemporalityPreference
    private let deltas = MetricDeltas()
    private let start: UnixNanoseconds
    private let instance: Int

    /// - Parameter signals: Those that are exported.
    init(
        _ statistics: ExportStatistics, _ configuration: Telemetry.Configuration, signals: Set<Signal>,
        resource: Resource, scope: InstrumentationScope, clock: TelemetryClock
    ) {
        self.statistics = statistics
        self.signals = Signal.allCases.filter(signals.contains)
        self.resource = resource
        self.scope = scope
        self.clock = clock
        temporality = configuration.metricTemporality
        start = clock.wall()
        let instance = Self.instances.wrappingAdd(1, ordering: .relaxed).oldValue
        self.instance = instance
        var exporters: [Signal: Attributes] = [:]
        for signal in signals { exporters[signal] = configuration.exporterAttributes(signal, instance) }
        self.exporters = exporters
    }

    /// - Parameter queues: Those whose load is told.
    func collect(_ queues: [Queue], for reader: MetricRegistry.Reader) -> [Metric] {
        let time = max(start, clock.wall())
        let values = spans(time) + loads(queues, time) + processors(time) + exporters(time) + durations(time)
        let metrics = values.map { name, unit, data in
            Metric(name: name, unit: unit, data: data, resource: resource, scope: scope)
        }
        // No preference tells counters and histograms apart.
        let isDelta = reader == .preferred && temporality.isDelta(.counter)
        return isDelta ? deltas.added(to: metrics, at: time) : metrics
    }

    private typealias Values = (name: String, unit: String, data: MetricData)

    private func spans(_ time: UnixNanoseconds) -> [Values] {
        let activity = statistics.activity
        var started: [NumberPoint] = []
        var live: [NumberPoint] = []
        for result in SamplingDecision.allCases {
            let key = Attribute(SemanticConventions.otelSpanSamplingResult, .string(result.text))
            for parent in ExportActivity.ParentOrigin.allCases {
                let count = activity.started(result, parent)
                let origin = Attribute(SemanticConventions.otelSpanParentOrigin, .string(parent.text))
                if count > 0 { started.append(point(count, [key, origin], time)) }
            }
            let count = activity.live(result)
            if result != .drop, count > 0 { live.append(point(count, [key], time)) }
        }
        var values = [
            sum(SemanticConventions.sdkSpanStarted, "{span}", started),
            sum(SemanticConventions.sdkSpanLive, "{span}", live, isMonotonic: false),
        ]
        if activity.createdLogs > 0 {
            values.append(
                sum(SemanticConventions.sdkLogCreated, "{log_record}", [point(activity.createdLogs, [], time)]))
        }
        return values.compactMap { $0 }
    }

    private func loads(_ queues: [Queue], _ time: UnixNanoseconds) -> [Values] {
        queues.flatMap { queue -> [Values] in
            let signal = queue.signal
            guard signals.contains(signal), let prefix = signal.processorPrefix else { return [] }
            let size = point(UInt64(max(0, queue.size)), processor(signal), time)
            let capacity = point(UInt64(max(0, queue.capacity)), processor(signal), time)
            return [
                sum("\(prefix).queue.size", signal.unit, [size], isMonotonic: false),
                sum("\(prefix).queue.capacity", signal.unit, [capacity], isMonotonic: false),
            ].compactMap { $0 }
        }
    }

    private func processors(_ time: UnixNanoseconds) -> [Values] {
        signals.compactMap { signal -> Values? in
            guard let prefix = signal.processorPrefix else { return nil }
            let processor = processor(signal)
            var processed = [point(statistics.activity.handed(signal), processor, time)]
            for reason in ExportStatistics.DropReason.allCases {
                let count = statistics.refusals(signal, reason)
                // The specification has its own word for what comes after the shutdown.
                let error = reason == .shutdown ? "already_shutdown" : reason.rawValue
                guard count > 0 else { continue }
                processed.append(point(count, processor + [.errorType(error)], time))
            }
            return sum("\(prefix).processed", signal.unit, processed)
        }
    }

    private func exporters(_ time: UnixNanoseconds) -> [Values] {
        let snapshot = statistics.snapshot
        return signals.flatMap { signal -> [Values] in
            let attributes = exporters[signal] ?? []
            var exported = [point(snapshot.exported[signal] ?? 0, attributes, time)]
            for reason in ExportStatistics.DropReason.allCases {
                let count = statistics.losses(signal, reason)
                guard count > 0 else { continue }
                exported.append(point(count, attributes + [.errorType(reason.rawValue)], time))
            }
            let inFlight = point(statistics.activity.inFlight(signal), attributes, time)
            return [
                sum("\(signal.exporterPrefix).exported", signal.unit, exported),
                sum("\(signal.exporterPrefix).inflight", signal.unit, [inFlight], isMonotonic: false),
            ].compactMap { $0 }
        }
    }

    private func durations(_ time: UnixNanoseconds) -> [Values] {
        let exports = statistics.activity.exportDurations.compactMap { ending, durations in
            var attributes = exporters[ending.signal] ?? []
            if let status = ending.statusCode {
                attributes.append(Attribute(SemanticConventions.httpResponseStatusCode, .int(Int64(status))))
            }
            if let error = ending.errorType { attributes.append(.errorType(error)) }
            return durations.point(PointContext(attributes: attributes, start: start, time: time))
        }
        let collections = statistics.activity.collectionDurations.point(
            PointContext(attributes: component("periodic_metric_reader"), start: start, time: time))
        var values: [Values] = []
        if !exports.isEmpty {
            values.append(
                (SemanticConventions.sdkExporterOperationDuration, "s", .histogram(exports, temporality: .cumulative)))
        }
        if let collections {
            values.append(
                (
                    SemanticConventions.sdkMetricReaderCollectionDuration, "s",
                    .histogram([collections], temporality: .cumulative)
                ))
        }
        return values
    }

    private func processor(_ signal: Signal) -> Attributes {
        component(signal == .traces ? "batching_span_processor" : "batching_log_processor")
    }

    private func component(_ type: String) -> Attributes { .component(type, instance) }

    private func point(_ value: UInt64, _ attributes: Attributes, _ time: UnixNanoseconds) -> NumberPoint {
        let context = PointContext(attributes: attributes, start: start, time: time)
        return NumberPoint(context: context, value: .int(Int64(clamping: value)))
    }

    /// `nil` where there is no point.
    private func sum(_ name: String, _ unit: String, _ points: [NumberPoint], isMonotonic: Bool = true) -> Values? {
        points.isEmpty ? nil : (name, unit, .sum(points, temporality: .cumulative, isMonotonic: isMonotonic))
    }
}

extension Attribute {
    fileprivate static func errorType(_ text: String) -> Attribute {
        Attribute(SemanticConventions.errorType, .string(text))
    }
}

extension Attributes {
    fileprivate static func component(_ type: String, _ instance: Int) -> Attributes {
        [
            Attribute(SemanticConventions.otelComponentType, .string(type)),
            Attribute(SemanticConventions.otelComponentName, .string("\(type)/\(instance)")),
        ]
    }
}

extension Telemetry.Configuration {
    fileprivate func exporterAttributes(_ signal: Signal, _ instance: Int) -> Attributes {
        if let udpEndpoint { return Attributes.component("otlp_udp_exporter", instance) + udpEndpoint.attributes }
        guard let settings = otlp[signal] else { return [] }
        let type = settings.encoding == .json ? "otlp_http_json_exporter" : "otlp_http_exporter"
        return Attributes.component(type, instance) + (settings.address?.attributes ?? [])
    }
}

extension HostAndPort {
    fileprivate var attributes: Attributes {
        [
            Attribute(SemanticConventions.serverAddress, .string(host)),
            Attribute(SemanticConventions.serverPort, .int(Int64(port))),
        ]
    }
}

extension Signal {
    fileprivate var unit: String {
        switch self {
        case .traces: "{span}"
        case .logs: "{log_record}"
        case .metrics: "{data_point}"
        }
    }

    fileprivate var exporterPrefix: String {
        switch self {
        case .traces: SemanticConventions.sdkExporterSpan
        case .logs: SemanticConventions.sdkExporterLog
        case .metrics: SemanticConventions.sdkExporterMetricDataPoint
        }
    }

    /// Metrics have no queue.
    fileprivate var processorPrefix: String? {
        switch self {
        case .traces: SemanticConventions.sdkProcessorSpan
        case .logs: SemanticConventions.sdkProcessorLog
        case .metrics: nil
        }
    }
}

extension SamplingDecision {
    fileprivate var text: String {
        switch self {
        case .drop: "DROP"
        case .recordOnly: "RECORD_ONLY"
        case .recordAndSample: "RECORD_AND_SAMPLE"
        }
    }
}

extension ExportActivity.ParentOrigin {
    fileprivate var text: String {
        switch self {
        case .none: "none"
        case .local: "local"
        case .remote: "remote"
        }
    }
}
