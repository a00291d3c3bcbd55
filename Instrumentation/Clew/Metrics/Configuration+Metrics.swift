extension Telemetry.Configuration {
    /// Reads what is about metrics alone.
    ///
    /// Source: OpenTelemetry, "Environment Variable Specification"; "OTLP Metric Exporter"; "Prometheus Exporter".
    mutating func readMetrics(_ reader: inout EnvironmentReader) {
        metricTemporality = reader.choice(
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            [("cumulative", .cumulative), ("delta", .delta), ("lowmemory", .lowMemory)], default: metricTemporality)
        histogramAggregation = reader.choice(
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            [
                ("explicit_bucket_histogram", .explicitBuckets),
                ("base2_exponential_bucket_histogram", .exponential),
            ], default: histogramAggregation)
        exemplarFilter = reader.choice(
            "OTEL_METRICS_EXEMPLAR_FILTER",
            [("always_on", .alwaysOn), ("always_off", .alwaysOff), ("trace_based", .traceBased)],
            default: exemplarFilter)
        runtimeMetrics = reader.bool("CLEW_RUNTIME_METRICS")
        guard Self.exporters(of: reader.string("OTEL_METRICS_EXPORTER")).contains("prometheus") else { return }
        prometheus = HostAndPort(
            host: reader.string("OTEL_EXPORTER_PROMETHEUS_HOST") ?? "localhost",
            port: reader.integer("OTEL_EXPORTER_PROMETHEUS_PORT", default: 9464, in: 1...65535))
    }

    /// The names in a list of exporters.
    static func exporters(of list: String?) -> [String] {
        (list ?? "").lowercased().split(separator: ",").map { String($0.trimmed) }
    }
}
