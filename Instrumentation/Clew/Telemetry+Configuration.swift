public import ClewModel
public import Logging

extension Telemetry {
    /// Every setting of the library.
    ///
    /// Each property names the environment variable that sets it and its default. A variable that cannot be read
    /// keeps the default and adds to ``warnings``.
    public struct Configuration: Sendable {
        /// `OTEL_SERVICE_NAME`, else `service.name` in `OTEL_RESOURCE_ATTRIBUTES`, else what the program gave.
        public var service: String
        /// `OTEL_RESOURCE_ATTRIBUTES`, a list of `key=value`; default none. They win over detected attributes.
        public var resourceAttributes: Attributes = []
        /// `OTEL_SDK_DISABLED`; default false. Spans and metrics are off; context still passes, logs still reach stdout.
        public var isDisabled = false
        /// `OTEL_TRACES_SAMPLER` with `OTEL_TRACES_SAMPLER_ARG`; default `parentbased_always_on`.
        ///
        /// Three more variables refine what becomes of traces that begin in this process:
        /// `CLEW_SAMPLER_PATHS`, a list of `path=ratio` (a ``SamplingRule`` each, for example `/healthz=0,/shop/*=0.1`);
        /// `CLEW_SAMPLER_RATE`, traces per second at most; `CLEW_RECORD_UNSAMPLED`, `true` for
        /// ``Sampler/alwaysRecord(_:)``. Default: none of them.
        public var sampler = Sampler.parentBased(root: .alwaysOn)
        /// `CLEW_SPAN_METRICS`; default false. Whether the durations of all recorded spans go to the histogram
        /// `traces.span.metrics.duration`, by span name, kind and status.
        public var spanMetrics = false
        /// `OTEL_PROPAGATORS`, a list of `tracecontext`, `baggage`, `b3`, `b3multi`, or `none`; default
        /// `tracecontext,baggage`.
        public var propagator = Propagator()
        /// `OTEL_SPAN_…_LIMIT`, `OTEL_ATTRIBUTE_…_LIMIT`; default 128 each.
        public var spanLimits = SpanLimits()
        /// `OTEL_BSP_…`; default: queue of 2048, batches of 512, every 5 s, 30 s for one batch.
        public var spanQueue = QueueLimits(delay: .seconds(5))
        /// `OTEL_BLRP_…`; default: queue of 65536, batches of 512, every 1 s, 30 s for one batch.
        ///
        /// The specification's queue of 2048 records is full after a millisecond of a burst. As many as stand here are
        /// never reached by records of the usual size: their bytes are the bound.
        public var logQueue = QueueLimits(capacity: 65_536, delay: .seconds(1))
        /// `OTEL_METRIC_EXPORT_INTERVAL`, milliseconds; default 60000.
        public var metricInterval = Duration.seconds(60)
        /// `OTEL_METRIC_EXPORT_TIMEOUT`, milliseconds; default 30000.
        public var metricTimeout = Duration.seconds(30)
        /// `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`: `cumulative`, `delta` or `lowmemory`; default
        /// `cumulative`.
        public var metricTemporality = TemporalityPreference.cumulative
        /// `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`: `explicit_bucket_histogram` or
        /// `base2_exponential_bucket_histogram`; default explicit.
        public var histogramAggregation = HistogramAggregation.explicitBuckets
        /// `OTEL_METRICS_EXEMPLAR_FILTER`: `always_on`, `always_off` or `trace_based`; default `trace_based`.
        public var exemplarFilter = ExemplarFilter.traceBased
        /// Changes to what is exported of instruments; no variable, default none.
        public var views: [MetricView] = []
        /// How many sets of attributes one instrument or view may have; no variable, default 2000. All further ones share
        /// one that is marked `otel.metric.overflow`.
        public var cardinalityLimit = 2000
        /// `CLEW_RUNTIME_METRICS`; default false. CPU, memory, threads and files of the process, and how long work waits
        /// for event loops and for the global executor.
        public var runtimeMetrics = false
        /// OTLP over HTTP; a signal without an entry is not sent. Default: every signal.
        ///
        /// `OTEL_TRACES_EXPORTER`, `OTEL_LOGS_EXPORTER` and `OTEL_METRICS_EXPORTER` name the exporters of a signal, separated
        /// by commas: `otlp` (the default), `console`, `otlp/stdout`, `otlp_file`, for metrics `prometheus`, or `none`.
        public var otlp: [Signal: OTLPSettings] = [:]
        /// `CLEW_EXPORTER_UDP_ENDPOINT`, `host:port`; default none. What `otlp` names then goes there instead of over HTTP.
        public var udpEndpoint: HostAndPort?
        /// `console`: signals that are printed for people to read; default none.
        public var console: Set<Signal> = []
        /// `CLEW_EXPORTER_CONSOLE`, `stdout` or `stderr`; default `stdout`. Where ``console`` prints.
        public var consoleStream = StandardStream.output
        /// `otlp/stdout`: signals that are written to standard output as lines of OTLP/JSON; default none.
        public var standardOutput: Set<Signal> = []
        /// `CLEW_EXPORTER_FILE`, a path, with `CLEW_EXPORTER_FILE_LIMIT`; default none. Signals whose exporter is not `none`
        /// are also appended there as lines of OTLP/JSON; `otlp_file` says that a signal goes nowhere else.
        public var file: FileSettings?
        /// `prometheus` in `OTEL_METRICS_EXPORTER`, with `OTEL_EXPORTER_PROMETHEUS_HOST` and `OTEL_EXPORTER_PROMETHEUS_PORT`
        /// (`localhost` and 9464): where metrics are offered to be scraped; default none.
        public var prometheus: HostAndPort?
        /// `CLEW_RESOURCE_DETECTORS`, a list of ``ResourceDetector`` names, `all` or `none`; default `all`.
        public var resourceDetectors = Set(ResourceDetector.allCases)
        /// What the environment says of the container that this runs in; see ``ResourceDetector/kubernetes``.
        var surroundings: [String: String] = [:]
        /// `CLEW_SPILL_DIRECTORY`; default none. Batches that cannot be sent over OTLP/HTTP are kept there as files, and sent
        /// when the collector answers again, by this process or the next.
        public var spillDirectory: String?
        /// `CLEW_SPILL_LIMIT`, bytes; default 268435456 (256 MiB). Past it the oldest files are deleted and counted.
        public var spillLimit = 256 << 20
        /// `CLEW_SDK_METRICS`; default true. Whether the metrics of the specification about the SDK itself (`otel.sdk.…`) are
        /// exported. Never to an exporter that the program gives: that one takes the program's telemetry alone.
        public var exportsSDKMetrics = true
        /// `LOG_LEVEL`, a level of swift-log; default `info`.
        public var logLevel = Logger.Level.info
        /// `OTEL_LOG_LEVEL`: `trace`, `debug`, `info`, `notice`, `warn`, `error`, `critical` or `none`; default `info`. What
        /// the library says about itself; `nil` for nothing.
        public var diagnosticLevel: Logger.Level? = .info
        /// `CLEW_LOG_LEVELS`, a list of `label=level`, where a `*` at the end of a label stands for any rest
        /// (`orders.*=debug`); default none. The longest that fits a new logger's label wins over ``logLevel``.
        public var logLevels: [String: Logger.Level] = [:]
        /// `CLEW_LOG_FORMAT`, `json`, `text` or `none`; default `json`. How log lines are written to standard output.
        public var logFormat = LogFormat.json
        /// `NO_COLOR`, where any value stands for false; default true. Whether `text` is coloured on a terminal.
        public var usesColour = true
        /// `CLEW_LOG_LOCATION`, a level or `none`; default `warning`. From that level on lines and records say where
        /// in the source they come from (`code.*`): some 150 bytes a record that only trouble is worth.
        public var logLocationLevel: Logger.Level? = .warning
        /// `CLEW_REDACT_KEYS`, a list of keys of log metadata whose values are replaced by `REDACTED`, on standard output
        /// and in what is exported; `default` stands for ``secretKeys`` and `none` for no key; default ``secretKeys``,
        /// because a secret in a log is dearer than a value missed.
        ///
        /// A key is also meant by what stands behind its last dots (`http.request.header.authorization`), at any depth,
        /// in any case, and with `-` and `_` as equals.
        public var redactedKeys = secretKeys
        /// Changes a log event before it is written and exported; default none.
        ///
        /// It gets all metadata merged, with `exception.type` and `exception.message` of an error, and may change
        /// metadata and message; keys are redacted after it. It runs on the thread that logs, and must not log itself.
        public var redactLog: (@Sendable (inout LogEvent) -> Void)?
        /// `OTEL_LOGRECORD_…_LIMIT`, `OTEL_ATTRIBUTE_…_LIMIT`; default 128 attributes, values of any length.
        public var logLimits = LogLimits()
        /// `CLEW_SHUTDOWN_TIMEOUT`, milliseconds; default 5000. How long the last export may take.
        public var shutdownTimeout = Duration.seconds(5)
        /// What could not be read, one sentence each.
        public internal(set) var warnings: [String] = []

        /// The defaults, without looking at the environment.
        public init(service: String) {
            self.service = service
            for signal in Signal.allCases { otlp[signal] = OTLPSettings(signal: signal) }
        }
    }
}

/// The bounds of the queue between the program and the exporter.
public struct QueueLimits: Hashable, Sendable {
    /// `OTEL_BSP_MAX_QUEUE_SIZE`, `OTEL_BLRP_MAX_QUEUE_SIZE`: items. When full, the newest is dropped and counted.
    public var capacity: Int
    /// `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE`: items in one request; that many waiting
    /// start an export before the delay is over.
    public var batch = 512
    /// `OTEL_BSP_SCHEDULE_DELAY`, `OTEL_BLRP_SCHEDULE_DELAY`: milliseconds between exports.
    public var delay: Duration
    /// `OTEL_BSP_EXPORT_TIMEOUT`, `OTEL_BLRP_EXPORT_TIMEOUT`: milliseconds for one batch with all its retries.
    public var timeout = Duration.seconds(30)

    /// Bytes of the items, about; no variable, default 16 MiB. When full, the newest is dropped and counted, as is an item
    /// that alone is larger. A quarter of it that waits starts an export, and is about as much as one request carries.
    public var maximumBytes = 16 << 20

    public init(capacity: Int = 2048, delay: Duration) {
        self.capacity = capacity
        self.delay = delay
    }
}

/// Where and how one signal is sent over OTLP/HTTP.
public struct OTLPSettings: Hashable, Sendable {
    public enum Encoding: Hashable, Sendable {
        case protobuf
        case json
    }

    /// `OTEL_EXPORTER_OTLP_{TRACES,LOGS,METRICS}_ENDPOINT` as it is, else `OTEL_EXPORTER_OTLP_ENDPOINT` with the
    /// signal's path; default `http://localhost:4318/v1/…`.
    public var url: String
    /// `OTEL_EXPORTER_OTLP_…HEADERS`; default none.
    public var headers: [String: String] = [:]
    /// `OTEL_EXPORTER_OTLP_…TIMEOUT`, milliseconds; default 10000. For one request.
    public var timeout = Duration.seconds(10)
    /// `OTEL_EXPORTER_OTLP_…COMPRESSION`, `gzip` or `none`; default `none`.
    public var compresses = false
    /// `OTEL_EXPORTER_OTLP_…PROTOCOL`, `http/protobuf` or `http/json`; default `http/protobuf`.
    public var encoding = Encoding.protobuf
    /// `OTEL_EXPORTER_OTLP_…CERTIFICATE`, path of a PEM file; default the system's. The authorities that an `https` collector's
    /// certificate is checked against. Nothing is sent while the file cannot be read.
    public var certificate: String?
    /// `OTEL_EXPORTER_OTLP_…CLIENT_KEY`, path of a PEM file; default none. The key of ``clientCertificate``.
    public var clientKey: String?
    /// `OTEL_EXPORTER_OTLP_…CLIENT_CERTIFICATE`, path of a PEM file; default none. What this process shows an `https`
    /// collector. Nothing is sent while one of the two files cannot be read.
    public var clientCertificate: String?
    /// No variable; default 4 MiB of protobuf before compression. What is larger is sent in parts; an item that alone is
    /// larger is dropped and counted.
    public var maximumRequestBytes = 4 << 20

    public init(signal: Signal) {
        url = "http://localhost:4318/v1/\(signal.rawValue)"
    }
}

/// The OTLP/JSON files of a service, one for each signal.
public struct FileSettings: Hashable, Sendable {
    /// `CLEW_EXPORTER_FILE`: of `orders.jsonl` are made `orders.traces.jsonl`, `orders.logs.jsonl` and
    /// `orders.metrics.jsonl`, because the file exporter's specification wants one signal in a file.
    public var path: String
    /// `CLEW_EXPORTER_FILE_LIMIT`, bytes; default 64 MiB. A file that would grow beyond is renamed to
    /// `orders.traces.1.jsonl`, which replaces the one before: a signal takes at most twice the limit.
    public var limit = 64 << 20
    /// The signals that are written; default all.
    public var signals = Set(Signal.allCases)

    public init(path: String) {
        self.path = path
    }
}

/// Standard output or standard error of the process.
public enum StandardStream: String, Hashable, Sendable, CaseIterable {
    case output = "stdout"
    case error = "stderr"
}

/// A host and a port, written `host:port`; an IPv6 address stands in brackets.
public struct HostAndPort: Hashable, Sendable {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65535).contains(port)
        else { return nil }
        let host = text[..<colon]
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
        guard !bare.isEmpty else { return nil }
        self.init(host: String(bare), port: port)
    }
}
