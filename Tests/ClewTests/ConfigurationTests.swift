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
        #expect(configuration.spanQueue.delay == .seconds(5))
        #expect(configuration.logQueue.delay == .seconds(1))
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
            ("OTEL_SDK_DISABLED", "yes"), ("OTEL_TRACES_SAMPLER", "jaeger_remote"), ("OTEL_TRACES_SAMPLER", "xray"),
            ("OTEL_PROPAGATORS", "tracecontext,baggage,xray"),
            ("OTEL_TRACES_SAMPLER", "parentbased_jaeger_remote"), ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "lots"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "99999999999999999999"),
            ("OTEL_BSP_SCHEDULE_DELAY", "-1"), ("OTEL_BLRP_EXPORT_TIMEOUT", "1.5"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "60s"), ("OTEL_METRIC_EXPORT_TIMEOUT", "2147483648"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "-1"), ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "unlimited"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-10000"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http+unix://%2Fsock"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:99999"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http:///x"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://local host"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://[::1"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a%0Ab"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a/\r\nb"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/2"), ("OTEL_RESOURCE_ATTRIBUTES", "a=1,b"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=%"), ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_TRACES_EXPORTER", "prometheus"), ("OTEL_LOGS_EXPORTER", "otlp_file"), ("LOG_LEVEL", "loud"),
            ("OTEL_LOG_LEVEL", "2"), ("CLEW_EXPORTER_UDP_ENDPOINT", "nowhere"),
            ("CLEW_EXPORTER_UDP_ENDPOINT", "host:70000"), ("CLEW_EXPORTER_CONSOLE", "printer"),
            ("CLEW_RESOURCE_DETECTORS", "weather"), ("OTEL_CONFIG_FILE", "otel.yaml"),
            ("OTEL_EXPERIMENTAL_CONFIG_FILE", "otel.yaml"), ("OTEL_ENTITIES", "service{service.name=a}"),
        ]
    )
    func unreadable(_ name: String, _ value: String) {
        let configuration = read([name: value])
        #expect(configuration.warnings.count == 1)
        #expect(configuration.warnings.allSatisfy { $0.contains(name) })
        var expected = read([:])
        if value == "otlp_file" { expected.otlp[.logs] = nil }
        #expect(configuration.otlp == expected.otlp)
        #expect(configuration.spanQueue == expected.spanQueue)
        #expect(configuration.logQueue == expected.logQueue)
        #expect(configuration.metricInterval == .seconds(60))
        #expect(configuration.metricTimeout == .seconds(30))
        #expect(configuration.spanLimits == expected.spanLimits)
        #expect(configuration.sampler == expected.sampler)
        #expect(configuration.resourceAttributes.isEmpty)
        #expect(configuration.resourceDetectors == expected.resourceDetectors)
        #expect(configuration.logLevel == expected.logLevel)
        #expect(configuration.diagnosticLevel == expected.diagnosticLevel)
        #expect(configuration.udpEndpoint == nil && configuration.prometheus == nil && configuration.file == nil)
        #expect(!configuration.isDisabled)
    }

    @Test("every default of the specification can be written out, without a warning and without a difference")
    func literalDefaults() {
        let literal = read(Self.specificationDefaults)
        let configuration = read([:])
        #expect(literal.warnings.isEmpty)
        #expect(literal.description == configuration.description)
        #expect(literal.otlp == configuration.otlp)
        #expect(literal.spanQueue == configuration.spanQueue)
        // The one default that is not the specification's.
        #expect(literal.logQueue.capacity == 2048 && configuration.logQueue.capacity == 65_536)
        #expect(literal.spanLimits == configuration.spanLimits)
        #expect(literal.sampler == configuration.sampler)
        #expect(literal.propagator == configuration.propagator)
        #expect(literal.metricInterval == configuration.metricInterval)
        #expect(literal.metricTimeout == configuration.metricTimeout)
        for (name, value) in Self.specificationDefaults {
            #expect(read([name: value]).warnings.isEmpty, "\(name)=\(value)")
            #expect(read([name: " \(value)\n"]).warnings.isEmpty, "\(name)=\(value) with white space")
        }
    }

    /// "Environment Variable Specification" and "OTLP Exporter Configuration", those that have a default.
    static let specificationDefaults = [
        "OTEL_SDK_DISABLED": "false", "OTEL_LOG_LEVEL": "info", "OTEL_PROPAGATORS": "tracecontext,baggage",
        "OTEL_TRACES_SAMPLER": "parentbased_always_on", "OTEL_TRACES_SAMPLER_ARG": "1.0",
        "OTEL_BSP_SCHEDULE_DELAY": "5000", "OTEL_BSP_EXPORT_TIMEOUT": "30000", "OTEL_BSP_MAX_QUEUE_SIZE": "2048",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "512", "OTEL_BLRP_SCHEDULE_DELAY": "1000",
        "OTEL_BLRP_EXPORT_TIMEOUT": "30000", "OTEL_BLRP_MAX_QUEUE_SIZE": "2048",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE": "512", "OTEL_ATTRIBUTE_COUNT_LIMIT": "128",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "128", "OTEL_SPAN_EVENT_COUNT_LIMIT": "128",
        "OTEL_SPAN_LINK_COUNT_LIMIT": "128", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": "128",
        "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT": "128", "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT": "128",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", "OTEL_EXPORTER_OTLP_TIMEOUT": "10000",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://localhost:4318/v1/logs",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://localhost:4318/v1/metrics",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "10000",
        "OTEL_EXPORTER_OTLP_INSECURE": "false", "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "cumulative",
        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": "explicit_bucket_histogram",
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT": "http://localhost:9411/api/v2/spans", "OTEL_EXPORTER_ZIPKIN_TIMEOUT": "10000",
        "OTEL_EXPORTER_PROMETHEUS_HOST": "localhost", "OTEL_EXPORTER_PROMETHEUS_PORT": "9464",
        "OTEL_TRACES_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_METRICS_EXEMPLAR_FILTER": "trace_based", "OTEL_METRIC_EXPORT_INTERVAL": "60000",
        "OTEL_METRIC_EXPORT_TIMEOUT": "30000",
    ]

    /// Every variable that the library reads, whatever else is set.
    static var variables: Set<String> {
        var names: Set<String> = []
        let exporters = "otlp,console,otlp/stdout,otlp_file"
        for more in [["OTEL_TRACES_SAMPLER": "traceidratio", "CLEW_EXPORTER_FILE": "x"], [:]] {
            var reader = EnvironmentReader(
                [
                    "OTEL_TRACES_EXPORTER": exporters, "OTEL_LOGS_EXPORTER": exporters,
                    "OTEL_METRICS_EXPORTER": exporters + ",prometheus",
                ].merging(more) { $1 })
            _ = Telemetry.Configuration(service: "orders", &reader)
            names.formUnion(reader.names)
        }
        return names
    }

    @Test(
        "whatever stands in the variables, there is a configuration, and a resource", arguments: 0..<10 as Range<UInt64>
    )
    func garbage(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let names = Self.variables.union(Self.specificationDefaults.keys).union(ResourceDetector.variables).sorted()
        for _ in 0..<10 {
            var environment: [String: String] = [:]
            for name in names where Bool.random(using: &generator) {
                environment[name] = Self.text(for: name, &generator)
            }
            let configuration = read(environment)
            #expect(configuration.spanQueue.batch <= configuration.spanQueue.capacity)
            #expect((1...1_000_000).contains(configuration.logQueue.capacity))
            #expect(
                configuration.spanQueue.delay >= .milliseconds(10) && configuration.metricInterval >= .milliseconds(10))
            #expect(configuration.otlp.values.allSatisfy { OTLPSettings.isHTTP($0.url) && $0.timeout > .zero })
            #expect(configuration.warnings.allSatisfy { $0.count < 1000 })
            #expect(!configuration.service.isEmpty && !configuration.description.isEmpty)
            #expect(!ResourceDetector.resource(configuration).attributes.isEmpty)
        }
    }

    /// A valid value with something changed, or nothing that anyone would write.
    private static func text(for name: String, _ generator: inout SplitMix64) -> String {
        let pieces = [
            "", " ", ",", ",,", "=", "%", "%zz", "%00", "://", "http://", "https://user:pw@[::1]:0/?q#f", "@", "-",
            "-1",
            "0", "9223372036854775808", "1e999", "nan", "0x10", "true", "TRUE", "none", "all", "é\u{301}", "\u{0}",
            "\r\n",
            "\u{202E}", "key=value", "a=b,c=d", "Content-Length=5", "grpc", "otlp,console", "127.0.0.1:1", "\u{1F9F6}",
            String(repeating: "x", count: 5000), String(repeating: "a=b,", count: 3000),
        ]
        var text = specificationDefaults[name] ?? ""
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let piece = pieces.randomElement(using: &generator) ?? ""
            let position = text.indices.randomElement(using: &generator) ?? text.startIndex
            text = Bool.random(using: &generator) ? piece : text[..<position] + piece + text[position...]
        }
        return text
    }

    @Test("zero is no wait for delays, without keeping a core busy, and no limit for timeouts")
    func zero() {
        let configuration = read([
            "OTEL_BSP_SCHEDULE_DELAY": "0", "OTEL_METRIC_EXPORT_INTERVAL": "0", "OTEL_BSP_EXPORT_TIMEOUT": "0",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "0",
        ])
        #expect(
            [configuration.spanQueue.delay, configuration.metricInterval] == [.milliseconds(10), .milliseconds(10)])
        #expect(configuration.spanQueue.timeout > .seconds(86400))
        #expect(configuration.otlp[.logs]?.timeout ?? .zero > .seconds(86400))
        #expect(configuration.warnings.isEmpty)
    }

    @Test("a queue is as large as asked for up to a bound, and a batch no larger than the queue")
    func queueSizes() {
        let large = read(["OTEL_BSP_MAX_QUEUE_SIZE": "2147483647", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2147483647"])
        #expect([large.spanQueue.capacity, large.spanQueue.batch] == [1_000_000, 1_000_000])
        #expect(large.warnings.count == 2)
        let small = read(["OTEL_BLRP_MAX_QUEUE_SIZE": "10"])
        #expect([small.logQueue.capacity, small.logQueue.batch] == [10, 10])
        #expect(small.warnings.isEmpty)
    }

    @Test(
        "the common endpoint gets the signal's path in the right place",
        arguments: [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector:4318/", "http://collector:4318/v1/traces"),
            ("https://collector/base//", "https://collector/base/v1/traces"),
            ("https://collector/base?key=1/", "https://collector/base/v1/traces?key=1/"),
            ("HTTP://[::1]:4318", "HTTP://[::1]:4318/v1/traces"),
        ]
    )
    func endpoint(_ common: String, _ url: String) {
        let configuration = read(["OTEL_EXPORTER_OTLP_ENDPOINT": common])
        #expect(configuration.otlp[.traces]?.url == url)
        #expect(configuration.warnings.isEmpty)
        let own = read(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": common, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://other"])
        #expect(own.otlp[.traces]?.url == common)
    }

    @Test("a signal's own variable that cannot be read leaves the common one")
    func fallback() {
        let configuration = read([
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "nowhere", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://common:1",
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "soon", "OTEL_EXPORTER_OTLP_TIMEOUT": "7",
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "zip", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "udp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
        ])
        #expect(configuration.warnings.count == 4)
        let traces = configuration.otlp[.traces]
        #expect(traces?.url == "http://common:1/v1/traces")
        #expect(traces?.timeout == .milliseconds(7))
        #expect(traces?.compresses == true && traces?.encoding == .json)
    }

    @Test("gRPC is not spoken, and the warning names the port that the common mistake leaves")
    func grpc() {
        let configuration = read([
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317",
        ])
        #expect(configuration.warnings.count == 1)
        #expect(configuration.warnings.first?.contains("4318") == true)
        #expect(configuration.otlp[.traces]?.encoding == .protobuf)
    }

    @Test("user information becomes a header, and appears nowhere else")
    func userInformation() {
        let secret = "https://me:s%3Acret@collector/x?token=s:cret"
        let configuration = read(["OTEL_EXPORTER_OTLP_ENDPOINT": secret])
        #expect(configuration.otlp[.traces]?.url == "https://collector/x/v1/traces?token=s:cret")
        #expect(configuration.otlp[.traces]?.headers == ["authorization": "Basic bWU6czpjcmV0"])
        #expect(configuration.warnings.isEmpty)
        let broken = read(["OTEL_EXPORTER_OTLP_ENDPOINT": secret.replacing("https", with: "ftp")])
        #expect(broken.warnings.count == 1)
        for text in [configuration.description, broken.description] + broken.warnings {
            #expect(!text.contains("cret") && !text.contains("bWU6"))
        }
        let own = read(["OTEL_EXPORTER_OTLP_ENDPOINT": secret, "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=mine"])
        #expect(own.otlp[.traces]?.headers == ["authorization": "mine"])
    }

    @Test(
        "a header that cannot be sent is left out, the others stay, and no value is shown",
        arguments: [
            "no-value", "a b=secret", "=secret", "x=secret%0D%0Ainjected: 1", "x=secret%zz", "x=secret%00",
            "Content-Length=secret", "transfer-encoding=secret", "caf\u{E9}=secret",
        ])
    func headers(_ member: String) {
        let configuration = read(["OTEL_EXPORTER_OTLP_HEADERS": "good=1,\(member), Tab=a%09b%3D ,"])
        #expect(configuration.otlp[.logs]?.headers == ["good": "1", "tab": "a\tb="])
        #expect(configuration.warnings.count == 1)
        #expect(configuration.warnings.allSatisfy { !$0.contains("secret") && !$0.contains("no-value") })
    }

    @Test("a resource is bounded, and of equal keys the last counts")
    func resourceAttributes() {
        let many = (0..<5000).map { "key\($0)=\($0)" }.joined(separator: ",")
        let configuration = read(["OTEL_RESOURCE_ATTRIBUTES": many])
        #expect(configuration.resourceAttributes.count == 1000)
        #expect(configuration.warnings.count == 1)
        let twice = read(["OTEL_RESOURCE_ATTRIBUTES": "a=1,b=2,a=3"])
        #expect(twice.resourceAttributes == [Attribute("a", "3"), Attribute("b", "2")])
    }

    @Test("exporters are a list for each signal")
    func exporters() {
        let configuration = read([
            "OTEL_TRACES_EXPORTER": "otlp, Console", "OTEL_LOGS_EXPORTER": "logging,otlp/stdout,console",
            "OTEL_METRICS_EXPORTER": "prometheus,zipkin", "OTEL_EXPORTER_PROMETHEUS_HOST": "0.0.0.0",
            "CLEW_EXPORTER_CONSOLE": "stderr", "CLEW_EXPORTER_FILE": "/var/log/orders.jsonl",
            "CLEW_EXPORTER_FILE_LIMIT": "1048576",
        ])
        #expect(Set(configuration.otlp.keys) == [.traces])
        #expect(configuration.console == [.traces, .logs])
        #expect(configuration.consoleStream == .error)
        #expect(configuration.standardOutput == [.logs])
        #expect(configuration.prometheus == HostAndPort(host: "0.0.0.0", port: 9464))
        #expect(configuration.file?.signals == Set(Signal.allCases))
        #expect(configuration.file?.limit == 1 << 20)
        #expect(configuration.warnings.count == 1)
        let off = read([
            "OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "otlp_file", "OTEL_METRICS_EXPORTER": "none,console",
            "CLEW_EXPORTER_FILE": "x",
        ])
        #expect(off.otlp.isEmpty && off.console == [.metrics])
        #expect(off.file?.signals == [.logs, .metrics])
        #expect(off.warnings.count == 1)
    }

    @Test("the description says what is on, in one line")
    func configurationDescription() {
        let configuration = read([
            "OTEL_TRACES_EXPORTER": "otlp,console", "OTEL_LOGS_EXPORTER": "none",
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=secret", "CLEW_RESOURCE_DETECTORS": "os,host",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        ])
        let text = configuration.description
        #expect(text.contains("traces to otlp http://localhost:4318/v1/traces (http/protobuf, gzip, api-key=***)"))
        #expect(
            text.contains(" and console on stdout; logs to nowhere; metrics to otlp http://localhost:4318/v1/metrics"))
        #expect(text.contains("service orders; sampler parentBased(root: alwaysOn); propagators "))
        #expect(text.hasSuffix("detectors host,os"))
        #expect(!text.contains("secret") && !text.contains("\n"))
    }

    @Test("OTEL_LOG_LEVEL decides what the library says of itself")
    func diagnostics() throws {
        func lines(_ level: String) throws -> [String] {
            let environment = ["OTEL_LOG_LEVEL": level, "OTEL_SDK_DISABLED": "perhaps"]
            return try TestTelemetry(read(environment)).lines
        }
        #expect(try lines("none").isEmpty)
        #expect(try lines("error").isEmpty)
        #expect(try lines("warn").count == 1)
        let all = try lines("DEBUG")
        #expect(all.count == 2)
        #expect(all.last?.contains("telemetry is set up: service orders") == true)
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
