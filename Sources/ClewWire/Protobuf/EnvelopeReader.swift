/// Walks the three levels that OTLP's requests share: resources, in them scopes, in them spans, records or metrics.
///
/// Traces, logs and metrics use the same field numbers for these levels (opentelemetry/proto/*/v1/*.proto), so one walk
/// reads all three. Where a sender wrote `resource` or `scope` after the things it belongs to, it still comes first here:
/// each message is scanned for it before its parts are read. Of repeated resources, scopes or schema URLs the last counts.
@usableFromInline
struct EnvelopeReader {
    @usableFromInline
    enum Part {
        case resource(Range<Int>, schemaURL: Range<Int>)
        case scope(Range<Int>, schemaURL: Range<Int>)
        /// A `Span`, `LogRecord` or `Metric`.
        case item(Range<Int>)
    }

    private var resources: ProtobufReader
    private var scopes = ProtobufReader(0..<0)
    private var items = ProtobufReader(0..<0)

    @usableFromInline
    init(_ bytes: RawSpan) {
        resources = ProtobufReader(bytes.all)
    }

    /// The next part, or `nil` at the end of the request.
    @usableFromInline
    mutating func next(_ bytes: RawSpan) throws(WireError) -> Part? {
        while true {
            if let field = try items.next(bytes) {
                if field.number == 2 { return .item(try field.delimited()) }
            } else if let field = try scopes.next(bytes) {
                guard field.number == 2 else { continue }
                items = ProtobufReader(try field.delimited())
                let head = try Self.head(bytes, items)
                return .scope(head.owner, schemaURL: head.schemaURL)
            } else if let field = try resources.next(bytes) {
                guard field.number == 1 else { continue }
                scopes = ProtobufReader(try field.delimited())
                let head = try Self.head(bytes, scopes)
                return .resource(head.owner, schemaURL: head.schemaURL)
            } else {
                return nil
            }
        }
    }

    /// The resource (or scope) and the schema URL of a message.
    private static func head(
        _ bytes: RawSpan, _ message: ProtobufReader
    ) throws(WireError) -> (owner: Range<Int>, schemaURL: Range<Int>) {
        var reader = message
        var (owner, schemaURL) = (0..<0, 0..<0)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: owner = try field.delimited()
            case 3: schemaURL = try field.string(bytes)
            default: break
            }
        }
        return (owner, schemaURL)
    }
}
