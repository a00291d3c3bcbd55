/// The messages of OTLP that Clew reads, and of its answers.
///
/// Source: opentelemetry-proto 1.x, common, resource, trace, logs, metrics and collector packages; google.rpc.Status.
enum MessageType: Int, CaseIterable, Sendable {
    case tracesData, resourceSpans, scopeSpans, span, spanEvent, spanLink, spanStatus
    case logsData, resourceLogs, scopeLogs, logRecord
    case metricsData, resourceMetrics, scopeMetrics, metric
    case gauge, sum, histogram, exponentialHistogram, summary
    case numberPoint, histogramPoint, exponentialHistogramPoint, exponentialBuckets, summaryPoint, quantile, exemplar
    case resource, scope, anyValue, arrayValue, keyValueList, keyValue
    case tracesResponse, tracesPartialSuccess, logsResponse, logsPartialSuccess
    case metricsResponse, metricsPartialSuccess, status

    /// What the schema says of the message.
    var descriptor: MessageDescriptor { MessageDescriptor.all[rawValue] }
}

/// The enumerations of OTLP.
enum EnumType: Int, CaseIterable, Sendable {
    case spanKind, statusCode, severityNumber, aggregationTemporality

    /// The names of the numbers from 0 on, without their common prefix.
    private var names: (prefix: String, suffixes: [String]) {
        switch self {
        case .spanKind: ("SPAN_KIND_", ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"])
        case .statusCode: ("STATUS_CODE_", ["UNSET", "OK", "ERROR"])
        case .severityNumber:
            (
                "SEVERITY_NUMBER_",
                ["UNSPECIFIED"]
                    + ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap { name in
                        ["", "2", "3", "4"].map { name + $0 }
                    }
            )
        case .aggregationTemporality: ("AGGREGATION_TEMPORALITY_", ["UNSPECIFIED", "DELTA", "CUMULATIVE"])
        }
    }

    /// The number of a name such as `SPAN_KIND_SERVER`.
    func number(named name: String) -> Int32? {
        let (prefix, suffixes) = names
        guard name.hasPrefix(prefix) else { return nil }
        return suffixes.firstIndex(of: String(name.dropFirst(prefix.count))).map { Int32($0) }
    }
}
