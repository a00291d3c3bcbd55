/// The bounds of one exported log record; standard output is not affected.
///
/// Source: OpenTelemetry specification, "Attribute Limits". Independent of them, a message and all metadata of a line are
/// each cut at 1 MiB, and nested metadata at 16 levels.
public struct LogLimits: Hashable, Sendable {
    /// `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT`, else `OTEL_ATTRIBUTE_COUNT_LIMIT`; default 128. What goes beyond is counted
    /// in the record.
    public var attributes = 128
    /// `OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`, else `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`; characters, default none.
    public var valueLength: Int?

    public init() {}
}
