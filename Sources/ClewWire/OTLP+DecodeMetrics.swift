public import ClewModel

extension OTLP {
    /// The metrics of a metrics request, in the order in which they are on the wire.
    ///
    /// A metric without data, or with data of a kind that is not known, is left out. Unknown temporalities are unspecified;
    /// ids of a wrong length in exemplars are absent.
    public static func decodeMetrics(_ bytes: [UInt8]) throws(WireError) -> [Metric] {
        // Safe: bytes of an array have no padding.
        let bytes = unsafe bytes.span.bytes
        var (resource, scope) = (Resource(), InstrumentationScope())
        var metrics: [Metric] = []
        var envelope = EnvelopeReader(bytes)
        while let part = try envelope.next(bytes) {
            switch part {
            case .resource(let message, let schemaURL):
                try SchemaValidator(.default).checkResource(bytes, message)
                resource = try decodeResource(
                    bytes.extracting(message), schemaURL: String(copying: bytes.extracting(schemaURL)))
            case .scope(let message, let schemaURL):
                try SchemaValidator(.default).checkScope(bytes, message)
                scope = try decodeScope(
                    bytes.extracting(message), schemaURL: String(copying: bytes.extracting(schemaURL)))
            case .item(let message):
                guard var metric = try MetricReader().metric(bytes, message) else { continue }
                (metric.resource, metric.scope) = (resource, scope)
                metrics.append(metric)
            }
        }
        return metrics
    }
}
