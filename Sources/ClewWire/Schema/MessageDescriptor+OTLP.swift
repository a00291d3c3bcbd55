extension MessageDescriptor {
    /// Every message, by the raw value of its ``MessageType``: the one description of OTLP in this module.
    static let all = MessageType.allCases.map { MessageDescriptor(fields: fields(of: $0)) }

    private static func fields(of type: MessageType) -> [FieldDescriptor] {
        traceFields(of: type) ?? logFields(of: type) ?? metricFields(of: type) ?? pointFields(of: type)
            ?? commonFields(of: type) ?? answerFields(of: type) ?? []
    }

    private static func traceFields(of type: MessageType) -> [FieldDescriptor]? {
        switch type {
        case .tracesData: [.init(1, "resource_spans", .message(.resourceSpans), .repeated)]
        case .resourceSpans: envelope(.resource, "resource", .scopeSpans, "scope_spans")
        case .scopeSpans: envelope(.scope, "scope", .span, "spans")
        case .span:
            [
                .init(1, "trace_id", .hexBytes),
                .init(2, "span_id", .hexBytes),
                .init(3, "trace_state", .string),
                .init(4, "parent_span_id", .hexBytes),
                .init(5, "name", .string),
                .init(6, "kind", .enumeration(.spanKind)),
                .init(7, "start_time_unix_nano", .unixTime),
                .init(8, "end_time_unix_nano", .unixTime),
                attributes(9),
                .init(10, "dropped_attributes_count", .uint32),
                .init(11, "events", .message(.spanEvent), .repeated),
                .init(12, "dropped_events_count", .uint32),
                .init(13, "links", .message(.spanLink), .repeated),
                .init(14, "dropped_links_count", .uint32),
                .init(15, "status", .message(.spanStatus)),
                .init(16, "flags", .fixed32),
            ]
        case .spanEvent:
            [
                .init(1, "time_unix_nano", .unixTime),
                .init(2, "name", .string),
                attributes(3),
                .init(4, "dropped_attributes_count", .uint32),
            ]
        case .spanLink:
            [
                .init(1, "trace_id", .hexBytes),
                .init(2, "span_id", .hexBytes),
                .init(3, "trace_state", .string),
                attributes(4),
                .init(5, "dropped_attributes_count", .uint32),
                .init(6, "flags", .fixed32),
            ]
        case .spanStatus: [.init(2, "message", .string), .init(3, "code", .enumeration(.statusCode))]
        default: nil
        }
    }

    private static func logFields(of type: MessageType) -> [FieldDescriptor]? {
        switch type {
        case .logsData: [.init(1, "resource_logs", .message(.resourceLogs), .repeated)]
        case .resourceLogs: envelope(.resource, "resource", .scopeLogs, "scope_logs")
        case .scopeLogs: envelope(.scope, "scope", .logRecord, "log_records")
        case .logRecord:
            [
                .init(1, "time_unix_nano", .unixTime),
                .init(2, "severity_number", .enumeration(.severityNumber)),
                .init(3, "severity_text", .string),
                .init(5, "body", .message(.anyValue)),
                attributes(6),
                .init(7, "dropped_attributes_count", .uint32),
                .init(8, "flags", .fixed32),
                .init(9, "trace_id", .hexBytes),
                .init(10, "span_id", .hexBytes),
                .init(11, "observed_time_unix_nano", .unixTime),
                .init(12, "event_name", .string),
            ]
        default: nil
        }
    }

    private static func metricFields(of type: MessageType) -> [FieldDescriptor]? {
        switch type {
        case .metricsData: [.init(1, "resource_metrics", .message(.resourceMetrics), .repeated)]
        case .resourceMetrics: envelope(.resource, "resource", .scopeMetrics, "scope_metrics")
        case .scopeMetrics: envelope(.scope, "scope", .metric, "metrics")
        case .metric:
            [
                .init(1, "name", .string),
                .init(2, "description", .string),
                .init(3, "unit", .string),
                .init(5, "gauge", .message(.gauge), .oneof),
                .init(7, "sum", .message(.sum), .oneof),
                .init(9, "histogram", .message(.histogram), .oneof),
                .init(10, "exponential_histogram", .message(.exponentialHistogram), .oneof),
                .init(11, "summary", .message(.summary), .oneof),
                .init(12, "metadata", .message(.keyValue), .repeated),
            ]
        case .gauge: [points(.numberPoint)]
        case .sum: [points(.numberPoint), temporality, .init(3, "is_monotonic", .bool)]
        case .histogram: [points(.histogramPoint), temporality]
        case .exponentialHistogram: [points(.exponentialHistogramPoint), temporality]
        case .summary: [points(.summaryPoint)]
        default: nil
        }
    }

    private static func pointFields(of type: MessageType) -> [FieldDescriptor]? {
        switch type {
        case .numberPoint:
            times + [
                .init(4, "as_double", .double, .oneof),
                exemplars(5),
                .init(6, "as_int", .sfixed64, .oneof),
                attributes(7),
                .init(8, "flags", .uint32),
            ]
        case .histogramPoint:
            times + [
                .init(4, "count", .fixed64),
                .init(5, "sum", .double, .explicit),
                .init(6, "bucket_counts", .fixed64, .repeated),
                .init(7, "explicit_bounds", .double, .repeated),
                exemplars(8),
                attributes(9),
                .init(10, "flags", .uint32),
                .init(11, "min", .double, .explicit),
                .init(12, "max", .double, .explicit),
            ]
        case .exponentialHistogramPoint:
            times + [
                attributes(1),
                .init(4, "count", .fixed64),
                .init(5, "sum", .double, .explicit),
                .init(6, "scale", .sint32),
                .init(7, "zero_count", .fixed64),
                .init(8, "positive", .message(.exponentialBuckets)),
                .init(9, "negative", .message(.exponentialBuckets)),
                .init(10, "flags", .uint32),
                exemplars(11),
                .init(12, "min", .double, .explicit),
                .init(13, "max", .double, .explicit),
                .init(14, "zero_threshold", .double),
            ]
        case .exponentialBuckets: [.init(1, "offset", .sint32), .init(2, "bucket_counts", .uint64, .repeated)]
        case .summaryPoint:
            times + [
                .init(4, "count", .fixed64),
                .init(5, "sum", .double),
                .init(6, "quantile_values", .message(.quantile), .repeated),
                attributes(7),
                .init(8, "flags", .uint32),
            ]
        case .quantile: [.init(1, "quantile", .double), .init(2, "value", .double)]
        case .exemplar:
            [
                .init(2, "time_unix_nano", .unixTime),
                .init(3, "as_double", .double, .oneof),
                .init(4, "span_id", .hexBytes),
                .init(5, "trace_id", .hexBytes),
                .init(6, "as_int", .sfixed64, .oneof),
                .init(7, "filtered_attributes", .message(.keyValue), .repeated),
            ]
        default: nil
        }
    }

    private static func commonFields(of type: MessageType) -> [FieldDescriptor]? {
        switch type {
        case .resource: [attributes(1), .init(2, "dropped_attributes_count", .uint32)]
        case .scope:
            [
                .init(1, "name", .string),
                .init(2, "version", .string),
                attributes(3),
                .init(4, "dropped_attributes_count", .uint32),
            ]
        case .anyValue:
            [
                .init(1, "string_value", .string, .oneof),
                .init(2, "bool_value", .bool, .oneof),
                .init(3, "int_value", .int64, .oneof),
                .init(4, "double_value", .double, .oneof),
                .init(5, "array_value", .message(.arrayValue), .oneof),
                .init(6, "kvlist_value", .message(.keyValueList), .oneof),
                .init(7, "bytes_value", .base64Bytes, .oneof),
            ]
        case .arrayValue: [.init(1, "values", .message(.anyValue), .repeated)]
        case .keyValueList: [.init(1, "values", .message(.keyValue), .repeated)]
        case .keyValue: [.init(1, "key", .string), .init(2, "value", .message(.anyValue))]
        default: nil
        }
    }

    private static func answerFields(of type: MessageType) -> [FieldDescriptor]? {
        switch type {
        case .tracesResponse: [.init(1, "partial_success", .message(.tracesPartialSuccess))]
        case .logsResponse: [.init(1, "partial_success", .message(.logsPartialSuccess))]
        case .metricsResponse: [.init(1, "partial_success", .message(.metricsPartialSuccess))]
        case .tracesPartialSuccess: [.init(1, "rejected_spans", .int64), .init(2, "error_message", .string)]
        case .logsPartialSuccess: [.init(1, "rejected_log_records", .int64), .init(2, "error_message", .string)]
        case .metricsPartialSuccess: [.init(1, "rejected_data_points", .int64), .init(2, "error_message", .string)]
        case .status: [.init(1, "code", .int32), .init(2, "message", .string)]
        default: nil
        }
    }

    private static func envelope(
        _ owner: MessageType, _ ownerName: StaticString, _ part: MessageType, _ partName: StaticString
    ) -> [FieldDescriptor] {
        [
            .init(1, ownerName, .message(owner)),
            .init(2, partName, .message(part), .repeated),
            .init(3, "schema_url", .string),
        ]
    }

    private static func attributes(_ number: UInt32) -> FieldDescriptor {
        .init(number, "attributes", .message(.keyValue), .repeated)
    }

    private static func exemplars(_ number: UInt32) -> FieldDescriptor {
        .init(number, "exemplars", .message(.exemplar), .repeated)
    }

    private static func points(_ type: MessageType) -> FieldDescriptor {
        .init(1, "data_points", .message(type), .repeated)
    }

    private static var temporality: FieldDescriptor {
        .init(2, "aggregation_temporality", .enumeration(.aggregationTemporality))
    }

    private static var times: [FieldDescriptor] {
        [.init(2, "start_time_unix_nano", .unixTime), .init(3, "time_unix_nano", .unixTime)]
    }
}
