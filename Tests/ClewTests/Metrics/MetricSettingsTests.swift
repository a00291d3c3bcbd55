import ClewModel
import Testing

@testable import Clew

@Suite("Settings of metrics")
struct MetricSettingsTests {
    func read(_ environment: [String: String]) -> Telemetry.Configuration {
        Telemetry.Configuration(service: "orders", environment: environment)
    }

    @Test("have the specification's defaults")
    func defaults() {
        let configuration = read([:])
        #expect(configuration.metricTemporality == .cumulative)
        #expect(configuration.histogramAggregation == .explicitBuckets)
        #expect(configuration.exemplarFilter == .traceBased)
        #expect(configuration.cardinalityLimit == 2000)
        #expect(configuration.prometheus == nil)
        #expect(!configuration.runtimeMetrics)
    }

    @Test("are read from the specification's variables, in any case")
    func everything() {
        let configuration = read([
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "LowMemory",
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": "base2_exponential_bucket_histogram",
            "OTEL_METRICS_EXEMPLAR_FILTER": "always_on", "CLEW_RUNTIME_METRICS": "true",
        ])
        #expect(configuration.metricTemporality == .lowMemory)
        #expect(configuration.histogramAggregation == .exponential)
        #expect(configuration.exemplarFilter == .alwaysOn)
        #expect(configuration.runtimeMetrics)
        #expect(configuration.warnings.isEmpty)
    }

    @Test("fall back with one warning each")
    func broken() {
        let configuration = read([
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "sometimes",
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": "round",
            "OTEL_METRICS_EXEMPLAR_FILTER": "x", "OTEL_METRICS_EXPORTER": "prometheus",
            "OTEL_EXPORTER_PROMETHEUS_PORT": "99999",
        ])
        #expect(configuration.metricTemporality == .cumulative)
        #expect(configuration.histogramAggregation == .explicitBuckets)
        #expect(configuration.exemplarFilter == .traceBased)
        #expect(configuration.prometheus == HostAndPort(host: "localhost", port: 9464))
        #expect(configuration.warnings.count == 4)
    }

    @Test("metrics are scraped, sent, both or neither")
    func exporters() {
        for (list, isSent, isScraped) in [
            ("prometheus", false, true), ("otlp,prometheus", true, true), ("otlp", true, false),
            ("none", false, false), (" Prometheus , OTLP ", true, true),
        ] {
            let configuration = read([
                "OTEL_METRICS_EXPORTER": list, "OTEL_EXPORTER_PROMETHEUS_HOST": "::1",
                "OTEL_EXPORTER_PROMETHEUS_PORT": "1234",
            ])
            #expect((configuration.otlp[.metrics] != nil) == isSent, "\(list)")
            #expect(configuration.prometheus == (isScraped ? HostAndPort(host: "::1", port: 1234) : nil), "\(list)")
            #expect(configuration.warnings.isEmpty, "\(list)")
        }
    }
}
