import ClewModel
import FoundationEssentials
import Logging

extension Telemetry.Configuration {
    /// Reads the environment over the defaults.
    ///
    /// Source: OpenTelemetry, "Environment Variable Specification" and "OTLP Exporter Configuration".
    public init(service: String, environment: [String: String]) {
        var reader = EnvironmentReader(environment)
        self.init(service: service, &reader)
    }

    init(service: String, _ reader: inout EnvironmentReader) {
        self.init(service: service)
        warnOfUnsupported(&reader)
        readResource(&reader)
        isDisabled = reader.bool("OTEL_SDK_DISABLED")
        readSampler(&reader)
        readPropagators(&reader)
        readLimits(&reader)
        spanQueue.read("OTEL_BSP", &reader)
        logQueue.read("OTEL_BLRP", &reader)
        metricInterval = reader.milliseconds("OTEL_METRIC_EXPORT_INTERVAL", default: metricInterval)
        metricTimeout = reader.timeout("OTEL_METRIC_EXPORT_TIMEOUT", default: metricTimeout)
        readMetrics(&reader)
        shutdownTimeout = reader.milliseconds("CLEW_SHUTDOWN_TIMEOUT", default: shutdownTimeout)
        readLogs(&reader)
        readDiagnosticLevel(&reader)
        readExporters(&reader)
        spillDirectory = reader.string("CLEW_SPILL_DIRECTORY")
        spillLimit = reader.integer("CLEW_SPILL_LIMIT", default: spillLimit, in: 0...(1 << 40))
        exportsSDKMetrics = reader.bool("CLEW_SDK_METRICS", default: true)
        warnings = reader.warnings
    }

    /// What the specification has and this library has not: said, rather than silently different.
    private func warnOfUnsupported(_ reader: inout EnvironmentReader) {
        for name in ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE", "OTEL_ENTITIES"] {
            if reader.string(name) != nil { reader.warn("\(name) is not supported and is ignored") }
        }
    }

    private mutating func readResource(_ reader: inout EnvironmentReader) {
        var attributes = reader.pairs("OTEL_RESOURCE_ATTRIBUTES")
        let named = attributes.last { $0.key == SemanticConventions.serviceName && !$0.value.isEmpty }?.value
        attributes.removeAll { $0.key == SemanticConventions.serviceName }
        service = reader.string("OTEL_SERVICE_NAME") ?? named ?? service
        resourceAttributes = attributes.map { Attribute($0.key, .string($0.value)) }
        surroundings = reader.values.filter { ResourceDetector.variables.contains($0.key) }
        guard let names = reader.list("CLEW_RESOURCE_DETECTORS") else { return }
        var detectors: Set<ResourceDetector> = []
        for name in names {
            if let detector = ResourceDetector(rawValue: name) {
                detectors.insert(detector)
            } else if name == "all" {
                detectors.formUnion(ResourceDetector.allCases)
            } else if name != "none" {
                reader.warn("CLEW_RESOURCE_DETECTORS names '\(EnvironmentReader.shown(name))', which is no detector")
            }
        }
        if detectors.isEmpty, !names.contains("none") { return }
        resourceDetectors = detectors
    }

    private mutating func readDiagnosticLevel(_ reader: inout EnvironmentReader) {
        // The specification gives no list; `warn`, `fatal` and `none` are what other SDKs take.
        let levels: [(String, Logger.Level?)] =
            Logger.Level.allCases.map { ($0.rawValue, $0) } + [("warn", .warning), ("fatal", .critical), ("none", nil)]
        diagnosticLevel = reader.choice("OTEL_LOG_LEVEL", levels, default: diagnosticLevel)
    }

    private mutating func readSampler(_ reader: inout EnvironmentReader) {
        let name = "OTEL_TRACES_SAMPLER"
        let needsRatio = reader.string(name)?.lowercased().hasSuffix("traceidratio") ?? false
        let ratio = Sampler.traceIDRatio(needsRatio ? samplerRatio(&reader) : 1)
        sampler = reader.choice(
            name,
            [
                ("always_on", .alwaysOn), ("always_off", .alwaysOff), ("traceidratio", ratio),
                ("parentbased_always_on", .parentBased(root: .alwaysOn)),
                ("parentbased_always_off", .parentBased(root: .alwaysOff)),
                ("parentbased_traceidratio", .parentBased(root: ratio)),
            ],
            default: sampler
        )
        spanMetrics = reader.bool("CLEW_SPAN_METRICS")
        let rules = samplingRules(&reader)
        if !rules.isEmpty { sampler = sampler.mapRoot { .rules(rules, otherwise: $0) } }
        if let rate = reader.number("CLEW_SAMPLER_RATE", in: 0...1e9) {
            sampler = sampler.mapRoot { .rateLimited(perSecond: rate, of: $0) }
        }
        if reader.bool("CLEW_RECORD_UNSAMPLED") { sampler = .alwaysRecord(sampler) }
    }

    private func samplingRules(_ reader: inout EnvironmentReader) -> [SamplingRule] {
        let name = "CLEW_SAMPLER_PATHS"
        var rules: [SamplingRule] = []
        for (path, text) in reader.pairs(name) {
            guard let ratio = Double(text), (0...1).contains(ratio) else {
                reader.warn(
                    "\(name) holds '\(EnvironmentReader.shown("\(path)=\(text)"))', which is not path=ratio; it is ignored"
                )
                continue
            }
            rules.append(SamplingRule(path: path, .traceIDRatio(ratio)))
        }
        return rules
    }

    private func samplerRatio(_ reader: inout EnvironmentReader) -> Double {
        reader.number("OTEL_TRACES_SAMPLER_ARG", in: 0...1) ?? 1
    }

    /// Names that are not supported, `jaeger`, `xray` and `ottrace` among them, are ignored; where no other is left, the
    /// default is used.
    private mutating func readPropagators(_ reader: inout EnvironmentReader) {
        let variable = "OTEL_PROPAGATORS"
        guard let text = reader.string(variable) else { return }
        let names = text.lowercased().split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
        var formats: [Propagator.Format] = []
        for name in names where name != "none" {
            if let format = Propagator.Format(rawValue: String(name)) {
                formats.append(format)
            } else {
                reader.warn(
                    "\(variable) names '\(EnvironmentReader.shown(name))', which is not supported; it is ignored")
            }
        }
        let isOff = names.contains("none")
        if isOff, names.contains(where: { $0 != "none" }) {
            reader.warn(variable, text, "names none beside others; nothing is propagated")
        }
        if isOff || !formats.isEmpty { propagator = Propagator(isOff ? [] : formats) }
    }

    private mutating func readLimits(_ reader: inout EnvironmentReader) {
        let range = 0...Int(Int32.max)
        let shared = reader.integer("OTEL_ATTRIBUTE_COUNT_LIMIT", default: 128, in: range)
        spanLimits.attributes = reader.integer("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", default: shared, in: range)
        spanLimits.events = reader.integer("OTEL_SPAN_EVENT_COUNT_LIMIT", default: 128, in: range)
        spanLimits.links = reader.integer("OTEL_SPAN_LINK_COUNT_LIMIT", default: 128, in: range)
        spanLimits.attributesPerEvent = reader.integer("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", default: 128, in: range)
        spanLimits.attributesPerLink = reader.integer("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", default: 128, in: range)
        let length = reader.optionalInteger("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", in: range)
        spanLimits.valueLength =
            reader.optionalInteger("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", in: range) ?? length
    }

    private mutating func readExporters(_ reader: inout EnvironmentReader) {
        var written: Set<Signal> = []
        for signal in Signal.allCases {
            let kinds = exporters(of: signal, &reader)
            otlp[signal] = kinds.contains(.otlp) ? OTLPSettings(signal: signal, &reader) : nil
            if kinds.contains(.console) { console.insert(signal) }
            if kinds.contains(.standardOutput) { standardOutput.insert(signal) }
            if !kinds.contains(.off) { written.insert(signal) }
            if kinds.contains(.prometheus) { readPrometheus(&reader) }
            if kinds.contains(.file), reader.string("CLEW_EXPORTER_FILE") == nil {
                reader.warn("\(Self.selector(signal)) names otlp_file, but CLEW_EXPORTER_FILE names no file")
            }
        }
        let streams = StandardStream.allCases.map { ($0.rawValue, $0) }
        consoleStream = reader.choice("CLEW_EXPORTER_CONSOLE", streams, default: consoleStream)
        readFile(signals: written, &reader)
        if let text = reader.string("CLEW_EXPORTER_UDP_ENDPOINT") {
            udpEndpoint = HostAndPort(text)
            if udpEndpoint == nil {
                reader.warn("CLEW_EXPORTER_UDP_ENDPOINT", text, "is not host:port; OTLP over HTTP is used")
            }
        }
    }

    private mutating func readFile(signals: Set<Signal>, _ reader: inout EnvironmentReader) {
        guard let path = reader.string("CLEW_EXPORTER_FILE") else { return }
        var settings = FileSettings(path: path)
        settings.signals = signals
        settings.limit = reader.integer("CLEW_EXPORTER_FILE_LIMIT", default: settings.limit, in: 1 << 16...1 << 40)
        file = settings
    }

    private mutating func readPrometheus(_ reader: inout EnvironmentReader) {
        prometheus = HostAndPort(
            host: reader.string("OTEL_EXPORTER_PROMETHEUS_HOST") ?? "localhost",
            port: reader.integer("OTEL_EXPORTER_PROMETHEUS_PORT", default: 9464, in: 0...65535))
    }

    private static func selector(_ signal: Signal) -> String { "OTEL_\(signal.rawValue.uppercased())_EXPORTER" }

    /// What the signal's list of exporters names; one that names nothing known counts as unset.
    private func exporters(of signal: Signal, _ reader: inout EnvironmentReader) -> Set<ExporterKind> {
        let name = Self.selector(signal)
        var kinds: Set<ExporterKind> = []
        for text in reader.list(name) ?? [] {
            // `logging` is what the specification called `console` before.
            let kind = text == "logging" ? .console : ExporterKind(rawValue: text)
            if let kind, kind != .prometheus || signal == .metrics {
                kinds.insert(kind)
            } else {
                reader.warn("\(name) names '\(EnvironmentReader.shown(text))', which is not supported; it is ignored")
            }
        }
        if kinds.count > 1, kinds.remove(.off) != nil {
            reader.warn("\(name) names 'none' beside others; 'none' is ignored")
        }
        return kinds.isEmpty ? [.otlp] : kinds
    }
}

/// The members of `OTEL_{TRACES,LOGS,METRICS}_EXPORTER`.
private enum ExporterKind: String {
    case otlp
    case console
    case standardOutput = "otlp/stdout"
    case file = "otlp_file"
    case prometheus
    case off = "none"
}

extension QueueLimits {
    /// What a queue holds at most, whatever the environment says: its bytes are bounded besides.
    private static let maximumCapacity = 1_000_000

    fileprivate mutating func read(_ prefix: String, _ reader: inout EnvironmentReader) {
        capacity = reader.integer("\(prefix)_MAX_QUEUE_SIZE", default: capacity, in: 1...Int(Int32.max))
        if capacity > Self.maximumCapacity {
            reader.warn(
                "\(prefix)_MAX_QUEUE_SIZE=\(capacity) is more than is ever queued; \(Self.maximumCapacity) is used")
            capacity = Self.maximumCapacity
        }
        let wanted = reader.optionalInteger("\(prefix)_MAX_EXPORT_BATCH_SIZE", in: 1...Int(Int32.max))
        if let wanted, wanted > capacity {
            reader.warn("\(prefix)_MAX_EXPORT_BATCH_SIZE=\(wanted) exceeds the queue; \(capacity) is used")
        }
        batch = min(wanted ?? batch, capacity)
        delay = reader.milliseconds("\(prefix)_SCHEDULE_DELAY", default: delay)
        timeout = reader.timeout("\(prefix)_EXPORT_TIMEOUT", default: timeout)
    }
}

extension OTLPSettings {
    /// A signal's own variable wins over the common one, unless it cannot be read.
    fileprivate init(signal: Signal, _ reader: inout EnvironmentReader) {
        self.init(signal: signal)
        let common = "OTEL_EXPORTER_OTLP"
        let own = "\(common)_\(signal.rawValue.uppercased())"
        headers = reader.headers("\(own)_HEADERS") ?? reader.headers("\(common)_HEADERS") ?? headers
        readEndpoint(signal, own: "\(own)_ENDPOINT", common: "\(common)_ENDPOINT", &reader)
        timeout = reader.timeout("\(own)_TIMEOUT") ?? reader.timeout("\(common)_TIMEOUT") ?? timeout
        let compressions = [("gzip", true), ("none", false)]
        compresses =
            reader.choice("\(own)_COMPRESSION", compressions) ?? reader.choice("\(common)_COMPRESSION", compressions)
            ?? compresses
        certificate = reader.string("\(own)_CERTIFICATE") ?? reader.string("\(common)_CERTIFICATE")
        clientKey = reader.string("\(own)_CLIENT_KEY") ?? reader.string("\(common)_CLIENT_KEY")
        clientCertificate =
            reader.string("\(own)_CLIENT_CERTIFICATE") ?? reader.string("\(common)_CLIENT_CERTIFICATE")
        readProtocol(own: "\(own)_PROTOCOL", common: "\(common)_PROTOCOL", &reader)
    }

    private mutating func readProtocol(own: String, common: String, _ reader: inout EnvironmentReader) {
        let protocols: [(String, Encoding?)] = [("http/protobuf", .protobuf), ("http/json", .json), ("grpc", nil)]
        guard let choice = reader.choice(own, protocols) ?? reader.choice(common, protocols) else { return }
        guard let choice else {
            let name = reader.string(own) == nil ? common : own
            let port = URL(string: url)?.port == 4317 ? "; collectors take that on port 4318, not 4317" : ""
            reader.warn("\(name)=grpc is not supported; http/protobuf is used\(port)")
            return
        }
        encoding = choice
    }

    /// A signal's own URL is used as it is; to the common one the signal's path is added.
    private mutating func readEndpoint(
        _ signal: Signal, own: String, common: String, _ reader: inout EnvironmentReader
    ) {
        if let text = reader.string(own) {
            if use(text) { return }
            reader.warn(own, text, "is not an http:// or https:// URL; it is ignored")
        }
        guard let text = reader.string(common) else { return }
        let path = text.prefix { $0 != "?" && $0 != "#" }
        let base = path.reversed().drop { $0 == "/" }.reversed()
        if !use(String(base) + "/v1/\(signal.rawValue)" + text[path.endIndex...]) {
            reader.warn(common, text, "is not an http:// or https:// URL; it is ignored")
        }
    }

    /// Takes the URL if requests can be sent there. User information becomes an `authorization` header, which is how
    /// HTTP carries it; a header of the settings wins.
    private mutating func use(_ text: String) -> Bool {
        guard Self.isHTTP(text) else { return false }
        guard let scheme = text.firstRange(of: "://") else { return false }
        let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@") else {
            url = text
            return true
        }
        guard let user = PercentCoding.decode(authority[..<at]) else { return false }
        url = String(text[..<scheme.upperBound] + text[text.index(after: at)...])
        if headers["authorization"] == nil {
            headers["authorization"] = "Basic " + Data(user.utf8).base64EncodedString()
        }
        return true
    }

    /// Whether requests can be sent there; the HTTP client ends the process over a port that is none.
    static func isHTTP(_ text: String) -> Bool {
        guard let url = URL(string: text, encodingInvalidCharacters: false), let host = url.host(), !host.isEmpty else {
            return false
        }
        return ["http", "https"].contains(url.scheme?.lowercased()) && (1...65535).contains(url.port ?? 80)
            && !host.contains("%")
    }
}
