/// What the analysis needs of a span: who, what, when and how it ended, without its payload.
///
/// A store can produce these from a few columns; ``init(_:)`` makes one from a whole span.
public struct SpanSummary: Hashable, Sendable {
    public var traceID: TraceID
    public var spanID: SpanID
    public var parentSpanID: SpanID?
    public var service: String
    public var name: String
    public var kind: SpanKind
    public var status: SpanStatus.Code
    public var start: UnixNanoseconds
    public var end: UnixNanoseconds
    /// What a client, producer or consumer span talks to, read from its attributes; see ``Target``.
    public var target: Target?

    public init(
        traceID: TraceID,
        spanID: SpanID,
        parentSpanID: SpanID? = nil,
        service: String,
        name: String,
        kind: SpanKind = .unspecified,
        status: SpanStatus.Code = .unset,
        start: UnixNanoseconds,
        end: UnixNanoseconds,
        target: Target? = nil
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.service = service
        self.name = name
        self.kind = kind
        self.status = status
        self.start = start
        self.end = end
        self.target = target
    }

    public init(_ span: Span) {
        self.init(
            traceID: span.traceID,
            spanID: span.spanID,
            parentSpanID: span.parentSpanID,
            service: span.resource.serviceName,
            name: span.name,
            kind: span.kind,
            status: span.status.code,
            start: span.start,
            end: span.end,
            target: Target(attributes: span.attributes)
        )
    }

    /// Nanoseconds from start to end; zero when the end lies before the start.
    public var duration: UInt64 { end > start ? end - start : 0 }

    public var isError: Bool { status == .error }

    /// Whether the span is where a request enters its service: what RED metrics count.
    public var isEntry: Bool { kind == .server || kind == .consumer }
}

/// The far side of a client, producer or consumer span: a database, a message destination or a peer address.
public struct Target: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case database
        case messaging
        case peer
    }

    public var kind: Kind
    /// For example `sqlite` or `rabbitmq`; empty for a peer.
    public var system: String
    /// The database namespace, the destination, or the peer's name or address; empty when the sender gave none.
    public var name: String

    public init(kind: Kind, system: String = "", name: String) {
        self.kind = kind
        self.system = system
        self.name = name
    }

    /// Reads the target by the semantic conventions; older attribute names that senders still use are understood too.
    public init?(attributes: Attributes) {
        self.init { keys in
            for key in keys {
                if case .string(let value)? = attributes[key], !value.isEmpty { return value }
            }
            return nil
        }
    }

    /// Reads the target through `string`, which answers the first non-empty string among the given keys.
    public init?(string: ([String]) -> String?) {
        if let system = string(Self.databaseSystemKeys) {
            self.init(kind: .database, system: system, name: string(Self.databaseNameKeys) ?? "")
        } else if let system = string(Self.messagingSystemKeys) {
            self.init(kind: .messaging, system: system, name: string(Self.messagingNameKeys) ?? "")
        } else if let peer = string(Self.peerKeys) {
            self.init(kind: .peer, name: peer)
        } else {
            return nil
        }
    }

    /// Every attribute key that ``init(string:)`` may ask for, so that a store can read just these columns.
    public static let attributeKeys =
        databaseSystemKeys + databaseNameKeys + messagingSystemKeys + messagingNameKeys + peerKeys

    private static let databaseSystemKeys = [SemanticConventions.dbSystemName, "db.system"]
    private static let databaseNameKeys = [SemanticConventions.dbNamespace, "db.name"]
    private static let messagingSystemKeys = [SemanticConventions.messagingSystem]
    private static let messagingNameKeys = [SemanticConventions.messagingDestinationName]
    private static let peerKeys = [
        SemanticConventions.peerService, SemanticConventions.serverAddress, "net.peer.name",
    ]
}
