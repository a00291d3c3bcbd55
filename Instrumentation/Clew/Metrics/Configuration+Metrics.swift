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
    }
}
