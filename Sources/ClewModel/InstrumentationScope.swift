/// The library or module that recorded the telemetry.
///
/// Holds OTLP's `InstrumentationScope` and the `schema_url` beside it in `ScopeSpans`, `ScopeLogs` and `ScopeMetrics`.
public struct InstrumentationScope: Hashable, Sendable {
    public var name: String
    public var version: String
    public var attributes: Attributes
    public var droppedAttributesCount: UInt32
    public var schemaURL: String

    public init(
        name: String = "",
        version: String = "",
        attributes: Attributes = [],
        droppedAttributesCount: UInt32 = 0,
        schemaURL: String = ""
    ) {
        self.name = name
        self.version = version
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.schemaURL = schemaURL
    }
}
