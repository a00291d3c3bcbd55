import ClewModel

extension SyntheticPlay {
    private static let scope = InstrumentationScope(name: "clew.synthetic", version: "1")

    /// Sends a span below an operation's entry, from `start` to now.
    @discardableResult
    mutating func span(
        _ name: String, _ kind: SpanKind, from start: UnixNanoseconds, attributes: Attributes = [],
        isError: Bool = false, id: SpanID? = nil, _ run: SyntheticExecution
    ) -> SpanID {
        let id = id ?? SpanID.random(using: &random.generator)
        send(
            Span(
                traceID: traceID, spanID: id, parentSpanID: run.span, name: name, kind: kind, start: start,
                end: run.now, attributes: attributes, status: SpanStatus(isError ? .error : .unset),
                resource: run.instance.resource, scope: Self.scope),
            run.instance)
        return id
    }

    /// Sends the span of an operation that is over.
    mutating func endEntry(_ run: SyntheticExecution, under parent: SpanID?) {
        let operation = run.operation
        var attributes = operation.attributes
        if !operation.isConsumer {
            attributes.append(Attribute(SemanticConventions.httpResponseStatusCode, .int(Int64(run.status))))
        }
        if run.isFailed {
            attributes.append(Attribute(SemanticConventions.errorType, .string(String(run.status))))
        }
        send(
            Span(
                traceID: traceID, spanID: run.span, parentSpanID: parent, name: operation.name,
                kind: operation.isConsumer ? .consumer : .server, start: run.start, end: run.now,
                attributes: attributes, events: run.events, status: SpanStatus(run.isFailed ? .error : .unset),
                resource: run.instance.resource, scope: Self.scope),
            run.instance)
    }

    mutating func log(_ severity: Severity, _ line: SyntheticLine, _ run: SyntheticExecution) {
        let time = run.now.saturatingShift(by: conditions.clockOffset(of: run.instance.host))
        let body = line.text(using: &random)
        records.append(
            LogRecord(
                time: time, observedTime: time, severityNumber: severity.rawValue, severityText: severity.text,
                body: .string(body), traceID: traceID, spanID: run.span,
                resource: run.instance.resource, scope: Self.scope))
    }

    /// Keeps a span as its host's clock has it, unless it is lost.
    private mutating func send(_ span: Span, _ instance: SyntheticInstance) {
        guard !random.chance(conditions.lostShare) else { return }
        let offset = conditions.clockOffset(of: instance.host)
        var span = span
        span.start = span.start.saturatingShift(by: offset)
        span.end = span.end.saturatingShift(by: offset)
        for place in span.events.indices {
            span.events[place].time = span.events[place].time.saturatingShift(by: offset)
        }
        spans.append(span)
    }
}
