import ClewModel
import CoreMetrics

/// Counts ended spans by name, kind and status, as a histogram of their durations.
///
/// With ``Sampler/alwaysRecord(_:)`` that is all spans, sampled or not: RED metrics then hold for every kind of entry,
/// also where no middleware measures.
///
/// Source: OpenTelemetry Collector, "Span Metrics Connector", whose names and dimensions these are.
struct SpanMetrics: Sendable {
    let factory: ClewMetricsFactory

    func record(_ span: SpanCore) {
        let (name, status, duration) = span.ending
        Timer(
            label: SemanticConventions.spanMetricsDuration,
            dimensions: [
                (SemanticConventions.spanName, name),
                (SemanticConventions.spanKind, "SPAN_KIND_\(String(describing: span.kind).uppercased())"),
                (SemanticConventions.spanStatusCode, "STATUS_CODE_\(String(describing: status).uppercased())"),
            ],
            factory: factory
        ).recordNanoseconds(Int64(clamping: duration))
    }
}
