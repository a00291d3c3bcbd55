/// What produced the telemetry: a service instance, its host, its process.
///
/// Holds OTLP's `Resource` and the `schema_url` beside it in `ResourceSpans`, `ResourceLogs` and `ResourceMetrics`.
public struct Resource: Hashable, Sendable {
    public var attributes: Attributes
    public var droppedAttributesCount: UInt32
    public var schemaURL: String

    public init(attributes: Attributes = [], droppedAttributesCount: UInt32 = 0, schemaURL: String = "") {
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.schemaURL = schemaURL
    }

    /// The `service.name` attribute, or `unknown_service`, the default that the resource conventions give.
    public var serviceName: String {
        attributes.firstString(of: SemanticConventions.serviceName) ?? "unknown_service"
    }
}
