public import ClewModel

/// A span with what the rules of the audit read of it, and nothing else, so that many fit into memory.
public struct AuditSpan: Hashable, TraceMember {
    /// Its texts are cut as those of the attributes are.
    public var summary: SpanSummary
    /// Those of ``attributeKeys``, each once, in the order in which they came; long texts are cut, and what goes beyond
    /// ``maximumBytes`` is left out.
    public var attributes: Attributes
    /// Those named in ``eventNames``, at most ``maximumEvents``, with those of ``eventAttributeKeys``.
    public var events: [SpanEvent]
    /// At most ``maximumLinks``, without their attributes; ``linkCount`` counts all.
    public var links: [SpanLink]
    public var linkCount: Int
    /// `service.version` and `service.instance.id` of the resource; empty where it has none.
    public var version: String
    public var instance: String

    static let maximumEvents = 16
    static let maximumLinks = 64
    /// Bytes of the attributes' texts: several times what instrumentation writes.
    static let maximumBytes = 16 << 10

    public init(_ span: Span) {
        summary = SpanSummary(span)
        summary.service = BoundedText.cut(summary.service)
        summary.name = BoundedText.cut(summary.name)
        summary.target = summary.target.map {
            Target(kind: $0.kind, system: BoundedText.cut($0.system), name: BoundedText.cut($0.name))
        }
        attributes = Self.bounded(span.attributes, Self.attributeKeys)
        events = span.events.lazy.filter { Self.eventNames.contains($0.name) }.prefix(Self.maximumEvents).map {
            SpanEvent(
                time: $0.time, name: $0.name, attributes: Self.bounded($0.attributes, Self.eventAttributeKeys))
        }
        links = span.links.prefix(Self.maximumLinks).map { SpanLink(traceID: $0.traceID, spanID: $0.spanID) }
        linkCount = span.links.count
        let resource = span.resource.attributes
        version = BoundedText.cut(resource.firstString(of: SemanticConventions.serviceVersion) ?? "")
        instance = BoundedText.cut(resource.firstString(of: SemanticConventions.serviceInstanceID) ?? "")
    }

    /// Texts of which more is read than of a name.
    private static let queryKeys: Set<String> = [SemanticConventions.dbQueryText, "db.statement"]

    /// The first of each key, as rules read them: texts and numbers.
    private static func bounded(_ attributes: Attributes, _ keys: Set<String>) -> Attributes {
        var bounded: Attributes = []
        var seen: Set<String> = []
        var bytes = 0
        for attribute in attributes where keys.contains(attribute.key) && seen.insert(attribute.key).inserted {
            switch attribute.value {
            case .string(let whole):
                let isQuery = queryKeys.contains(attribute.key)
                let text = BoundedText.cut(whole, to: isQuery ? DatabaseAccess.longestQuery : BoundedText.maximumBytes)
                guard text.utf8.count <= maximumBytes - bytes else { continue }
                bytes += text.utf8.count
                bounded.append(Attribute(attribute.key, .string(text)))
            case .int, .double, .bool: bounded.append(attribute)
            case .empty, .bytes, .array, .keyValueList: continue
            }
        }
        return bounded
    }

    func string(_ key: String) -> String? { attributes[key]?.stringValue }
    func int(_ key: String) -> Int? { attributes[key]?.intValue.map { Int($0) } }
    func double(_ key: String) -> Double? {
        switch attributes[key] {
        case .double(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }

    public var traceID: TraceID { summary.traceID }

    /// The attributes that some rule reads; a new rule adds its own.
    public static let attributeKeys: Set<String> = [
        SemanticConventions.correlationID, SemanticConventions.errorType, SemanticConventions.httpRoute,
        SemanticConventions.httpRequestMethod, SemanticConventions.httpRequestResendCount,
        SemanticConventions.httpResponseStatusCode, SemanticConventions.httpRequestBodySize,
        SemanticConventions.httpResponseBodySize, SemanticConventions.urlPath, SemanticConventions.urlTemplate,
        SemanticConventions.urlFull, "http.method", "http.status_code", "http.target", "http.url",
        SemanticConventions.serverAddress, SemanticConventions.serverPort, SemanticConventions.peerService,
        SemanticConventions.networkPeerAddress, SemanticConventions.rpcService, SemanticConventions.rpcMethod,
        SemanticConventions.rpcSystem, SemanticConventions.rpcGRPCStatusCode,
        SemanticConventions.dbSystemName, "db.system", SemanticConventions.dbNamespace, "db.name",
        SemanticConventions.dbOperationName, "db.operation", SemanticConventions.dbCollectionName,
        SemanticConventions.dbQuerySummary, SemanticConventions.dbQueryText, "db.statement",
        SemanticConventions.messagingSystem, SemanticConventions.messagingDestinationName,
        SemanticConventions.messagingOperationName, SemanticConventions.messagingOperationType,
        SemanticConventions.messagingConsumerGroupName, SemanticConventions.messagingMessageID,
        SemanticConventions.messagingBatchMessageCount,
        SemanticConventions.messageType, SemanticConventions.messageSchemaVersion,
        SemanticConventions.messageDelivery, SemanticConventions.outboxLag, SemanticConventions.inboxOutcome,
        SemanticConventions.idempotencyKey, SemanticConventions.idempotencyOutcome,
        SemanticConventions.sagaName, SemanticConventions.sagaID, SemanticConventions.sagaStep,
        SemanticConventions.sagaAction, SemanticConventions.sagaAttempt, SemanticConventions.sagaState,
        SemanticConventions.orderID, SemanticConventions.orderState, SemanticConventions.deadlineRemaining,
        SemanticConventions.retryAttempt, SemanticConventions.degraded,
    ]

    /// The events that some rule reads.
    public static let eventNames: Set<String> = [
        SemanticConventions.circuitBreakerChangeEvent, SemanticConventions.retryEvent,
        SemanticConventions.fallbackEvent,
    ]

    /// The attributes of events that some rule reads.
    static let eventAttributeKeys: Set<String> = [SemanticConventions.errorType, SemanticConventions.patternName]
}
