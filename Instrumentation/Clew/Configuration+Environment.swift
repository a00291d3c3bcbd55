import ClewModel
import FoundationEssentials
import Logging

extension Telemetry.Configuration {
    /// Reads the environment over the defaults.
    ///
    /// Source: OpenTelemetry, "Environment Variable Specification" and "OTLP Exporter Configuration".
    public init(service: String, environment: [String: String]) {
        self.init(service: service)
        var reader = EnvironmentReader(environment)
        readResource(&reader)
        isDisabled = reader.bool("OTEL_SDK_DISABLED")
        readSampler(&reader)
        readPropagators(&reader)
        readLimits(&reader)
        spanQueue.read("OTEL_BSP", &reader)
        logQueue.read("OTEL_BLRP", &reader)
        metricInterval = reader.milliseconds("OTEL_METRIC_EXPORT_INTERVAL", default: metricInterval)
        metricTimeout = reader.milliseconds("OTEL_METRIC_EXPORT_TIMEOUT", default: metricTimeout)
        shutdownTimeout = reader.milliseconds("CLEW_SHUTDOWN_TIMEOUT", default: shutdownTimeout)
        logLevel = reader.choice("LOG_LEVEL", Logger.Level.allCases.map { ($0.rawValue, $0) }, default: logLevel)
        for signal in Signal.allCases { readExporter(signal, &reader) }
        if let text = reader.string("CLEW_EXPORTER_UDP_ENDPOINT") {
            udpEndpoint = HostAndPort(text)
            if udpEndpoint == nil {
                reader.warn("CLEW_EXPORTER_UDP_ENDPOINT=\(text) is not host:port; OTLP over HTTP is used")
            }
        }
        warnings = reader.warnings
    }

    private mutating func readResource(_ reader: inout EnvironmentReader) {
        for (key, value) in reader.pairs("OTEL_RESOURCE_ATTRIBUTES") {
            resourceAttributes[key] = .string(value)
        }
        let named = resourceAttributes.firstString(of: SemanticConventions.serviceName)
        service = reader.string("OTEL_SERVICE_NAME") ?? named ?? service
        resourceAttributes[SemanticConventions.serviceName] = nil
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
                reader.warn("\(name) gives \(path) the ratio '\(text)', which is not a number in 0...1; it is ignored")
                continue
            }
            rules.append(SamplingRule(path: path, .traceIDRatio(ratio)))
        }
        return rules
    }

    private func samplerRatio(_ reader: inout EnvironmentReader) -> Double {
        guard let text = reader.string("OTEL_TRACES_SAMPLER_ARG") else { return 1 }
        guard let ratio = Double(text), (0...1).contains(ratio) else {
            reader.warn("OTEL_TRACES_SAMPLER_ARG=\(text) is not a number in 0...1; 1 is used")
            return 1
        }
        return ratio
    }

    private mutating func readPropagators(_ reader: inout EnvironmentReader) {
        guard let text = reader.string("OTEL_PROPAGATORS") else { return }
        var propagator = Propagator(traceContext: false, baggage: false)
        for name in text.split(separator: ",").map(\.trimmed) {
            switch name.lowercased() {
            case "tracecontext": propagator.usesTraceContext = true
            case "baggage": propagator.usesBaggage = true
            case "none", "": break
            default: reader.warn("OTEL_PROPAGATORS names '\(name)', which is not supported; it is ignored")
            }
        }
        self.propagator = propagator
    }

    private mutating func readLimits(_ reader: inout EnvironmentReader) {
        let range = 0...1_000_000
        let shared = reader.integer("OTEL_ATTRIBUTE_COUNT_LIMIT", default: 128, in: range)
        spanLimits.attributes = reader.integer("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", default: shared, in: range)
        spanLimits.events = reader.integer("OTEL_SPAN_EVENT_COUNT_LIMIT", default: 128, in: range)
        spanLimits.links = reader.integer("OTEL_SPAN_LINK_COUNT_LIMIT", default: 128, in: range)
        spanLimits.attributesPerEvent = reader.integer("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", default: 128, in: range)
        spanLimits.attributesPerLink = reader.integer("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", default: 128, in: range)
        let length = reader.optionalInteger("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", in: 0...Int.max)
        spanLimits.valueLength =
            reader.optionalInteger("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", in: 0...Int.max) ?? length
    }

    private mutating func readExporter(_ signal: Signal, _ reader: inout EnvironmentReader) {
        let isOn = reader.choice(
            "OTEL_\(signal.rawValue.uppercased())_EXPORTER", [("otlp", true), ("none", false)], default: true)
        guard isOn else {
            otlp[signal] = nil
            return
        }
        otlp[signal] = OTLPSettings(signal: signal, &reader)
    }
}

extension QueueLimits {
    fileprivate mutating func read(_ prefix: String, _ reader: inout EnvironmentReader) {
        capacity = reader.integer("\(prefix)_MAX_QUEUE_SIZE", default: capacity, in: 1...1_000_000)
        batch = reader.integer("\(prefix)_MAX_EXPORT_BATCH_SIZE", default: min(batch, capacity), in: 1...1_000_000)
        delay = reader.milliseconds("\(prefix)_SCHEDULE_DELAY", default: delay)
        timeout = reader.milliseconds("\(prefix)_EXPORT_TIMEOUT", default: timeout)
        if batch > capacity {
            reader.warn("\(prefix)_MAX_EXPORT_BATCH_SIZE=\(batch) exceeds the queue; \(capacity) is used")
            batch = capacity
        }
    }
}

extension OTLPSettings {
    /// A signal's own variable wins over the common one.
    fileprivate init(signal: Signal, _ reader: inout EnvironmentReader) {
        self.init(signal: signal)
        let common = "OTEL_EXPORTER_OTLP"
        let own = "\(common)_\(signal.rawValue.uppercased())"
        func name(_ suffix: String) -> String {
            reader.string("\(own)_\(suffix)") == nil ? "\(common)_\(suffix)" : "\(own)_\(suffix)"
        }
        readURL(signal, own: "\(own)_ENDPOINT", common: "\(common)_ENDPOINT", &reader)
        for (key, value) in reader.pairs(name("HEADERS")) { headers[key] = value }
        timeout = reader.milliseconds(name("TIMEOUT"), default: timeout)
        compresses = reader.choice(name("COMPRESSION"), [("gzip", true), ("none", false)], default: false)
        if reader.string(name("PROTOCOL"))?.lowercased() == "grpc" {
            reader.warn("\(name("PROTOCOL"))=grpc is not supported; http/protobuf is used")
        } else {
            encoding = reader.choice(
                name("PROTOCOL"), [("http/protobuf", .protobuf), ("http/json", .json)], default: encoding)
        }
    }

    private mutating func readURL(_ signal: Signal, own: String, common: String, _ reader: inout EnvironmentReader) {
        if let text = reader.string(own) {
            if Self.isHTTP(text) {
                url = text
                return
            }
            reader.warn("\(own)=\(text) is not an http:// or https:// URL; it is ignored")
        }
        guard let text = reader.string(common) else { return }
        guard Self.isHTTP(text) else {
            reader.warn("\(common)=\(text) is not an http:// or https:// URL; \(url) is used")
            return
        }
        url = text + (text.hasSuffix("/") ? "" : "/") + "v1/\(signal.rawValue)"
    }

    /// Whether requests can be sent there; the HTTP client ends the process over a port that is none.
    static func isHTTP(_ text: String) -> Bool {
        guard let url = URL(string: text), let host = url.host(), !host.isEmpty else { return false }
        return ["http", "https"].contains(url.scheme?.lowercased()) && (0...65535).contains(url.port ?? 0)
    }
}
