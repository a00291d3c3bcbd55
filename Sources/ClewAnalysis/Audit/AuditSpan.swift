public import ClewModel

/// A span with what the rules of the audit read of it, and nothing else, so that many fit into memory.
public struct AuditSpan: Hashable, TraceMember {
    public var summary: SpanSummary
    /// Those of ``attributeKeys``, in the order in which they came.
    public var attributes: Attributes
    /// Those named in ``eventNames``, at most ``maximumEvents``.
    public var events: [SpanEvent]
    /// At most ``maximumLinks``; ``linkCount`` counts all.
    public var links: [SpanLink]
    public var linkCount: Int
    /// `service.version` and `service.instance.id` of the resource; empty where it has none.
    public var version: String
    public var instance: String

    static let maximumEvents = 16
    static let maximumLinks = 64

    public init(_ span: Span) {
        summary = SpanSummary(span)
        attributes = span.attributes.filter { Self.attributeKeys.contains($0.key) }
        events = Array(span.events.lazy.filter { Self.eventNames.contains($0.name) }.prefix(Self.maximumEvents))
        links = Array(span.links.prefix(Self.maximumLinks))
        linkCount = span.links.count
        version = span.resource.attributes.firstString(of: SemanticConventions.serviceVersion) ?? ""
        instance = span.resource.attributes.firstString(of: SemanticConventions.serviceInstanceID) ?? ""
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
}
