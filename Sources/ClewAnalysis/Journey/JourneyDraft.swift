import ClewModel

/// A step before it has its number, with what joins it to others.
struct JourneyDraft {
    var step: Journey.Step
    var interval: Interval
    var key: JourneySpan.Key
    var links: [JourneySpan.Key]
    var messageID: String?
    /// The draft of the step that this one compensates, and of the one that sent its message.
    var undoes: Int?
    var cause: Int?

    init(_ span: JourneySpan, _ kind: Journey.Step.Kind, _ interval: Interval) {
        step = Journey.Step(
            kind: kind, service: span.service, operation: span.span.name, start: interval.start,
            work: interval.length, isError: span.isError, error: span.error, messageType: span.messageType,
            sagaID: span.sagaID, sagaStep: span.sagaStep, orderID: span.orderID, traceID: span.span.traceID,
            spanIDs: [span.span.spanID])
        self.interval = interval
        key = span.key
        links = span.links
        messageID = span.messageID
        step.attempt = Self.attempt(span, kind)
        if kind == .sent || kind.isDelivery { step.peer = span.destination }
        if let lag = span.outboxLag {
            step.isRelayed = true
            step.waited = lag
        }
    }

    private static func attempt(_ span: JourneySpan, _ kind: Journey.Step.Kind) -> Int? {
        switch kind {
        case .sagaStep, .compensation: span.int(SemanticConventions.sagaAttempt)
        case .processed, .duplicate, .failedDelivery: span.int(SemanticConventions.messageDelivery)
        // The count is of the times that it was sent again.
        case .retry: span.resendCount < .max ? span.resendCount + 1 : nil
        case .request, .call, .replayed, .sent, .resumption: nil
        }
    }

    /// This journey's part of a batch.
    mutating func takeShare(of batchSize: Int, messages: Int) {
        step.batchSize = batchSize
        step.work = interval.length / UInt64(max(batchSize, 1)) * UInt64(max(1, min(messages, batchSize)))
    }

    /// Sums up a further call of the same kind. Calls mostly come in order of their start; of one that does not, what
    /// lies between the others counts as theirs.
    mutating func merge(_ other: JourneyDraft) {
        let beyond = max(interval.end, other.interval.start)
        if other.interval.end > beyond { step.work = step.work.saturatingAdd(other.interval.end - beyond) }
        let before = min(interval.start, other.interval.end)
        if other.interval.start < before { step.work = step.work.saturatingAdd(before - other.interval.start) }
        interval = Interval(
            start: min(interval.start, other.interval.start), end: max(interval.end, other.interval.end))
        step.start = interval.start
        step.count += 1
        if step.spanIDs.count < Journey.Step.maximumSpans { step.spanIDs += other.step.spanIDs }
    }
}
