import ClewModel
import ClewWire

extension BlockBuilder {
    mutating func resource(_ message: RawSpan, schemaURL: RawSpan) {
        setResource(message, schemaURL: schemaURL)
    }

    mutating func scope(_ message: RawSpan, schemaURL: RawSpan) {
        setScope(message, schemaURL: schemaURL)
    }

    mutating func attribute(key: RawSpan, value: RawSpan) {
        appendAttribute(key: key, value: value)
    }

    mutating func reject(_ reason: RejectionReason) {
        rejected[reason, default: 0] += 1
        discardRow()
    }

    private mutating func append(_ id: TraceID) {
        let words: InlineArray<2, UInt64> = [id.high.bigEndian, id.low.bigEndian]
        dictionaries[BlockSchema.Dictionary.traceID].append(unsafe words.span.bytes)
    }
}

extension BlockBuilder: SpanSink {
    mutating func event(_ message: RawSpan) {
        lists[BlockSchema.List.events].appendOpen(lengthPrefixed: message)
    }

    mutating func link(_ message: RawSpan) {
        lists[BlockSchema.List.links].appendOpen(lengthPrefixed: message)
    }

    mutating func span(_ fields: SpanFields, name: RawSpan, traceState: RawSpan, statusMessage: RawSpan) {
        if let reason = refusal(of: fields.start) { return reject(reason) }
        append(fields.traceID)
        numbers[BlockSchema.Number.time].append(fields.start)
        numbers[BlockSchema.Number.spanID].append(fields.spanID.value)
        numbers[BlockSchema.Number.flags].append(UInt64(fields.flags))
        numbers[BlockSchema.Number.droppedAttributes].append(UInt64(fields.droppedAttributesCount))
        numbers[BlockSchema.Number.duration].append((fields.end &- fields.start).zigzag)
        numbers[BlockSchema.Number.parentSpanID].append(fields.parentSpanID.value)
        numbers[BlockSchema.Number.kind].append(UInt64(fields.kind.rawValue))
        numbers[BlockSchema.Number.status].append(UInt64(fields.status.rawValue))
        numbers[BlockSchema.Number.droppedEvents].append(UInt64(fields.droppedEventsCount))
        numbers[BlockSchema.Number.droppedLinks].append(UInt64(fields.droppedLinksCount))
        dictionaries[BlockSchema.Dictionary.name].append(name)
        dictionaries[BlockSchema.Dictionary.traceState].append(traceState)
        dictionaries[BlockSchema.Dictionary.statusMessage].append(statusMessage)
        finishRow()
    }
}

extension BlockBuilder: LogSink {
    mutating func record(_ fields: LogFields, severityText: RawSpan, body: RawSpan, eventName: RawSpan) {
        let time = fields.time != 0 ? fields.time : fields.observedTime
        if let reason = refusal(of: time) { return reject(reason) }
        append(fields.traceID)
        numbers[BlockSchema.Number.time].append(time)
        numbers[BlockSchema.Number.spanID].append(fields.spanID.value)
        numbers[BlockSchema.Number.flags].append(UInt64(fields.flags))
        numbers[BlockSchema.Number.droppedAttributes].append(UInt64(fields.droppedAttributesCount))
        numbers[BlockSchema.Number.sentTime].append((fields.time &- time).zigzag)
        numbers[BlockSchema.Number.observedTime].append((fields.observedTime &- time).zigzag)
        numbers[BlockSchema.Number.severityNumber].append(UInt64(fields.severityNumber))
        dictionaries[BlockSchema.Dictionary.severityText].append(severityText)
        dictionaries[BlockSchema.Dictionary.body].append(body)
        dictionaries[BlockSchema.Dictionary.eventName].append(eventName)
        finishRow()
    }
}
