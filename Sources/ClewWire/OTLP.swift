/// OTLP in its binary form: protobuf bytes to columns or to the model, and the model to bytes.
///
/// The requests (`ExportTraceServiceRequest` and its siblings) and the files (`TracesData` and its siblings) have the same
/// form on the wire, so one function reads both. Unknown fields are skipped. Where a field that is not repeated occurs
/// again, the last occurrence counts; nested messages are not merged.
///
/// JSON comes through ``OTLPJSON``, which turns it into these bytes.
///
/// Source: opentelemetry-proto 1.x.
public enum OTLP {}
