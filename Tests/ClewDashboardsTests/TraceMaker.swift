import ClewModel

/// Writes a trace in the order in which it happens: opening and closing spans moves a clock.
struct TraceMaker {
    private(set) var spans: [Span] = []
    private(set) var now: UnixNanoseconds
    private let traceID: TraceID
    private var nextID: UInt64

    init(_ random: inout some RandomNumberGenerator, start: UnixNanoseconds) {
        traceID = .random(using: &random)
        nextID = UInt64.random(in: 1...(UInt64.max / 2), using: &random)
        now = start
    }

    /// Opens a span after a wait and answers its place in ``spans``.
    mutating func open(
        _ service: String, _ name: String, _ kind: SpanKind, parent: Int?, lead: UInt64, database: String? = nil,
        peer: String? = nil
    ) -> Int {
        now += lead
        nextID += 1
        var attributes: Attributes = []
        if let database {
            attributes.append(Attribute(SemanticConventions.dbSystemName, "sqlite"))
            attributes.append(Attribute(SemanticConventions.dbNamespace, .string(database)))
        }
        if let peer { attributes.append(Attribute(SemanticConventions.serverAddress, .string(peer))) }
        spans.append(
            Span(
                traceID: traceID, spanID: SpanID(nextID), parentSpanID: parent.map { spans[$0].spanID }, name: name,
                kind: kind, start: now, end: now, attributes: attributes,
                resource: Resource(attributes: [Attribute(SemanticConventions.serviceName, .string(service))])))
        return spans.count - 1
    }

    /// Closes a span after some work; with a message, it failed.
    mutating func close(_ index: Int, after work: UInt64, error: String? = nil) {
        now += work
        spans[index].end = now
        if let error { spans[index].status = SpanStatus(.error, message: error) }
    }
}
