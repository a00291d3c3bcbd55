import ClewModel
import Testing

@testable import Clew

@Suite("The configuration")
struct ConfigurationTests {
    func read(_ environment: [String: String]) -> Telemetry.Configuration {
        Telemetry.Configuration(service: "orders", environment: environment)
    }

    @Test("has the defaults of the specification")
    func defaults() {
        let configuration = read([:])
        #expect(configuration.service == "orders")
        #expect(configuration.sampler == .parentBased(root: .alwaysOn))
        #expect(configuration.propagator == Propagator())
        #expect([configuration.spanQueue.capacity, configuration.spanQueue.batch] == [2048, 512])
        #expect([configuration.spanQueue.delay, configuration.logQueue.delay] == [.seconds(5), .seconds(1)])
        #expect(configuration.metricInterval == .seconds(60))
        #expect(configuration.otlp[.logs]?.url == "http://localhost:4318/v1/logs")
        #expect(configuration.otlp[.traces] == OTLPSettings(signal: .traces))
        #expect(configuration.warnings.isEmpty)
    }

    @Test("reads what the specification names")
    func everything() throws {
        let configuration = read([
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=ignored,deployment.environment.name=a%2Cb, team = core ",
            "OTEL_SERVICE_NAME": "payments",
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25",
            "OTEL_PROPAGATORS": "tracecontext",
            "OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10",
            "OTEL_BSP_SCHEDULE_DELAY": "250", "OTEL_BLRP_EXPORT_TIMEOUT": "1500",
            "OTEL_ATTRIBUTE_COUNT_LIMIT": "7", "OTEL_SPAN_EVENT_COUNT_LIMIT": "8",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/base/",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://logs.example/in",
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b,x=1", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "only=this",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "http/json",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "2000", "OTEL_METRICS_EXPORTER": "none",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000", "CLEW_EXPORTER_UDP_ENDPOINT": "[::1]:4319",
        ])
        #expect(configuration.service == "payments")
        #expect(
            configuration.resourceAttributes == [
                Attribute("deployment.environment.name", "a,b"), Attribute("team", "core"),
            ])
        #expect(configuration.sampler == .parentBased(root: .traceIDRatio(0.25)))
        #expect(configuration.propagator == Propagator([.traceContext]))
        #expect([configuration.spanQueue.capacity, configuration.spanQueue.batch] == [100, 10])
        #expect(configuration.spanQueue.delay == .milliseconds(250))
        #expect(configuration.logQueue.timeout == .milliseconds(1500))
        #expect([configuration.spanLimits.attributes, configuration.spanLimits.events] == [7, 8])
        let (traces, logs) = (try #require(configuration.otlp[.traces]), try #require(configuration.otlp[.logs]))
        #expect(traces.url == "http://collector:4318/base/v1/traces")
        #expect(logs.url == "https://logs.example/in")
        #expect(traces.headers == ["only": "this"])
        #expect(logs.headers == ["api-key": "a b", "x": "1"])
        #expect(traces.compresses && logs.compresses)
        #expect([traces.encoding, logs.encoding] == [.protobuf, .json])
        #expect(traces.timeout == .seconds(2))
        #expect(configuration.otlp[.metrics] == nil)
        #expect(configuration.metricInterval == .seconds(1))
        #expect(configuration.udpEndpoint == HostAndPort(host: "::1", port: 4319))
        #expect(configuration.warnings.isEmpty)
    }

    @Test(
        "reports what cannot be read, and keeps the default",
        arguments: [
            ("OTEL_SDK_DISABLED", "yes"), ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
            ("OTEL_PROPAGATORS", "tracecontext,baggage,xray"), ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "lots"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "99999999999999999999"),
            ("OTEL_BSP_SCHEDULE_DELAY", "-1"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:99999"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http:///x"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "no-value"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=1,b"), ("OTEL_RESOURCE_ATTRIBUTES", "a=%"),
            ("OTEL_TRACES_EXPORTER", "zipkin"), ("LOG_LEVEL", "loud"), ("CLEW_EXPORTER_UDP_ENDPOINT", "nowhere"),
            ("CLEW_EXPORTER_UDP_ENDPOINT", "host:70000"),
        ]
    )
    func unreadable(_ name: String, _ value: String) {
        let configuration = read([name: value])
        let defaults = read([:])
        #expect(!configuration.warnings.isEmpty)
        #expect(configuration.warnings.allSatisfy { $0.contains(value) || value.contains("b") || value.contains("%") })
        #expect(configuration.otlp == defaults.otlp)
        #expect(configuration.spanQueue == defaults.spanQueue)
        #expect(configuration.sampler == defaults.sampler)
        #expect(configuration.propagator == defaults.propagator)
        #expect(configuration.resourceAttributes.isEmpty)
        #expect(configuration.udpEndpoint == nil)
    }

    @Test("a ratio that is no ratio samples everything", arguments: ["2", "-0.1", "half", "nan"])
    func ratio(_ text: String) {
        let configuration = read(["OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": text])
        #expect(configuration.sampler == .traceIDRatio(1))
        #expect(configuration.warnings.count == 1)
    }

    @Test(
        "propagators are read in their order, each once; those that are not supported are ignored with a warning",
        arguments: [
            ("b3", [.b3], 0), ("b3multi, tracecontext,B3Multi", [.b3Multi, .traceContext], 0),
            ("baggage,tracecontext", [.baggage, .traceContext], 0), ("none", [], 0), ("none,b3", [], 1),
            ("jaeger,b3,xray,ottrace,mine", [.b3], 4), ("jaeger", [.traceContext, .baggage], 1),
            (" , ", [.traceContext, .baggage], 0),
        ] as [(String, [Propagator.Format], Int)]
    )
    func propagators(_ text: String, formats: [Propagator.Format], warnings: Int) {
        let configuration = read(["OTEL_PROPAGATORS": text])
        #expect(configuration.propagator.formats == formats)
        #expect(configuration.warnings.count == warnings)
    }

    @Test("an empty value counts as unset")
    func empty() {
        let configuration = read(["OTEL_SERVICE_NAME": "", "OTEL_TRACES_SAMPLER": " ", "OTEL_PROPAGATORS": ""])
        #expect(configuration.service == "orders")
        #expect(configuration.warnings.isEmpty)
    }

    @Test("without any name of the service there is an error that says what to do")
    func nameless() {
        let error = #expect(throws: TelemetryError.self) { try Telemetry(service: "", environment: [:]) }
        #expect(error?.code == .missingServiceName)
        #expect(error?.message.contains("OTEL_SERVICE_NAME") == true)
    }

    @Test("the resource says what the process is, and the environment overrides it")
    func resource() throws {
        let environment = ["OTEL_RESOURCE_ATTRIBUTES": "host.name=elsewhere,team=core"]
        let resource = try Telemetry(service: "orders", environment: environment).resource
        #expect(resource.serviceName == "orders")
        #expect(resource.attributes["host.name"] == "elsewhere")
        #expect(resource.attributes["team"] == "core")
        #expect(resource.attributes["telemetry.sdk.name"] == "clew")
        #expect(resource.attributes["telemetry.sdk.language"] == "swift")
        #expect(resource.attributes["telemetry.sdk.version"] == .string(ClewVersion.current))
        let instance = try #require(resource.attributes["service.instance.id"]?.stringValue)
        #expect(instance.utf8.count == 36)
        #expect(resource.attributes["process.pid"]?.intValue ?? 0 > 0)
        #expect(resource.attributes["os.type"] != nil)
        #expect(resource.attributes["process.executable.name"]?.stringValue?.isEmpty == false)
        let other = try Telemetry(service: "orders", environment: [:]).resource
        #expect(other.attributes["service.instance.id"] == .string(instance))
    }
}
