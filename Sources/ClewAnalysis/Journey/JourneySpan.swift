import ClewModel

/// A span with what a journey reads of it.
struct JourneySpan: Sendable {
    /// What a link names.
    struct Key: Hashable, Sendable {
        var traceID: TraceID
        var spanID: SpanID
    }

    let span: Span
    let service: String

    init(_ span: Span) {
        self.span = span
        service = span.resource.serviceName
    }

    var key: Key { Key(traceID: span.traceID, spanID: span.spanID) }
    var links: [Key] { span.links.map { Key(traceID: $0.traceID, spanID: $0.spanID) } }

    func string(_ key: String) -> String? { span.attributes.firstString(of: key) }
    func int(_ key: String) -> Int? { span.attributes[key]?.intValue.map { Int(clamping: $0) } }

    var correlationID: String? { string(SemanticConventions.correlationID) }
    /// Some senders give numbers.
    var orderID: String? {
        span.attributes[SemanticConventions.orderID].map(\.description).flatMap { $0.isEmpty ? nil : $0 }
    }
    var orderState: String? { string(SemanticConventions.orderState) }
    var sagaName: String? { string(SemanticConventions.sagaName) }
    var sagaID: String? { string(SemanticConventions.sagaID) }
    var sagaStep: String? { string(SemanticConventions.sagaStep) }
    var isCompensation: Bool { string(SemanticConventions.sagaAction) == "compensate" }
    var messageID: String? { string(SemanticConventions.messagingMessageID) }
    var messageType: String? { string(SemanticConventions.messageType) }
    var destination: String? { string(SemanticConventions.messagingDestinationName) }
    var isDuplicate: Bool { string(SemanticConventions.inboxOutcome) == "duplicate" }
    var isReplayed: Bool { string(SemanticConventions.idempotencyOutcome) == "replayed" }
    var resendCount: Int { int(SemanticConventions.httpRequestResendCount) ?? 0 }

    /// Nanoseconds in the outbox; only a relay's span has them.
    var outboxLag: UInt64? {
        let seconds: Double? =
            switch span.attributes[SemanticConventions.outboxLag] {
            case .double(let value): value
            case .int(let value): Double(value)
            default: nil
            }
        return seconds.flatMap { UInt64(exactly: ($0 * Double(UInt64.nanosecondsPerSecond)).rounded()) }
    }

    var isError: Bool { span.status.code == .error }

    /// The status message, else the message of the first exception, else the type of the error.
    var error: String? {
        guard isError else { return nil }
        if !span.status.message.isEmpty { return span.status.message }
        let exception = span.events.first { $0.name == SemanticConventions.exceptionEvent }
        return exception?.attributes.firstString(
            of: SemanticConventions.exceptionMessage, SemanticConventions.exceptionType)
            ?? string(SemanticConventions.errorType)
    }
}

// MARK: - Messages

extension JourneySpan {
    /// The traces that the span links to, its own left out.
    var linkedTraces: Set<TraceID> {
        Set(span.links.lazy.map(\.traceID).filter { $0.isValid && $0 != span.traceID })
    }

    /// Messages of the batch that the span received; 1 for a single one.
    var batchSize: Int { max(span.links.count, int(SemanticConventions.messagingBatchMessageCount) ?? 1, 1) }

    /// Whether messages of several requests meet in the span: it links to several traces, or to fewer messages than it
    /// received.
    var isFanIn: Bool {
        let traces = linkedTraces.count
        return traces > 1 || (traces == 1 && batchSize > span.links.count)
    }

    /// Links to spans of these traces.
    func linkCount(into traces: Set<TraceID>) -> Int { span.links.count { traces.contains($0.traceID) } }
}
