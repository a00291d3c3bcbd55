import ClewModel

extension OTLP {
    /// Reads a request held in an array straight into a sink; see the form for a `RawSpan`.
    @inlinable
    public static func decodeTraces<Sink: SpanSink & ~Copyable>(
        _ request: [UInt8], limits: WireLimits = .default, into sink: inout Sink
    ) throws(WireError) {
        // Safe: the array is borrowed for the call, and its bytes have no padding.
        try decodeTraces(unsafe request.span.bytes, limits: limits, into: &sink)
    }

    /// Reads a traces request straight into a sink: no object, string or array is made for a span.
    ///
    /// - Throws: The first byte that is not OTLP. What the sink was given before it is valid, but incomplete.
    @inlinable
    public static func decodeTraces<Sink: SpanSink & ~Copyable>(
        _ bytes: RawSpan, limits: WireLimits = .default, into sink: inout Sink
    ) throws(WireError) {
        try walk(bytes, limits, &sink) { bytes, message, limits, validator, sink throws(WireError) in
            try decodeSpan(bytes, message, limits, validator, &sink)
        }
    }

    /// Hands resources and scopes to a sink and each span or record to `item`: one walk for both signals.
    @inlinable
    static func walk<Sink: TelemetrySink & ~Copyable>(
        _ bytes: RawSpan, _ limits: WireLimits, _ sink: inout Sink,
        _ item: (RawSpan, Range<Int>, WireLimits, SchemaValidator, inout Sink) throws(WireError) -> Void
    ) throws(WireError) {
        let validator = SchemaValidator(limits)
        var envelope = EnvelopeReader(bytes)
        while let part = try envelope.next(bytes) {
            switch part {
            case .resource(let message, let schemaURL):
                try validator.checkResource(bytes, message)
                sink.resource(bytes.extracting(message), schemaURL: bytes.extracting(schemaURL))
            case .scope(let message, let schemaURL):
                try validator.checkScope(bytes, message)
                sink.scope(bytes.extracting(message), schemaURL: bytes.extracting(schemaURL))
            case .item(let message):
                try item(bytes, message, limits, validator, &sink)
            }
        }
    }

    @inlinable
    static func decodeSpan<Sink: SpanSink & ~Copyable>(
        _ bytes: RawSpan, _ message: Range<Int>, _ limits: WireLimits, _ validator: SchemaValidator, _ sink: inout Sink
    ) throws(WireError) {
        var span = SpanHead()
        var entries = 0
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 9:
                let attribute = try validator.attribute(bytes, try field.delimited())
                entries += 1
                guard entries <= limits.maximumAttributes else { continue }
                sink.attribute(key: bytes.extracting(attribute.key), value: bytes.extracting(attribute.value))
            case 11:
                try validator.checkEvent(bytes, try field.delimited())
                entries += 1
                if entries <= limits.maximumAttributes { sink.event(bytes.extracting(field.range)) }
            case 13:
                try validator.checkLink(bytes, try field.delimited())
                entries += 1
                if entries <= limits.maximumAttributes { sink.link(bytes.extracting(field.range)) }
            default: try span.read(bytes, field)
            }
        }
        if let reason = entries > limits.maximumAttributes ? .tooManyAttributes : span.rejection {
            sink.reject(reason)
        } else {
            sink.span(
                span.fields, name: bytes.extracting(span.name), traceState: bytes.extracting(span.traceState),
                statusMessage: bytes.extracting(span.statusMessage))
        }
    }
}

/// The fields of a span that occur once, as far as they are read.
@usableFromInline
struct SpanHead {
    @usableFromInline var fields = SpanFields()
    @usableFromInline var name = 0..<0
    @usableFromInline var traceState = 0..<0
    @usableFromInline var statusMessage = 0..<0
    private var misfit: RejectionReason?

    @usableFromInline
    init() {}

    /// Why the span cannot be kept; only known when all fields are read.
    @usableFromInline var rejection: RejectionReason? {
        if let misfit { return misfit }
        if !fields.traceID.isValid { return .invalidTraceID }
        if !fields.spanID.isValid { return .invalidSpanID }
        return max(fields.start, fields.end) > UInt64(Int64.max) ? .timeOutOfRange : nil
    }

    @usableFromInline
    mutating func read(_ bytes: RawSpan, _ field: ProtobufField) throws(WireError) {
        switch field.number {
        case 1: fields.traceID = try field.traceID(bytes) ?? note(.invalidTraceID, .invalid)
        case 2: fields.spanID = try field.spanID(bytes) ?? note(.invalidSpanID, .invalid)
        case 3: traceState = try field.string(bytes)
        case 4: fields.parentSpanID = try field.spanID(bytes) ?? note(.invalidParentSpanID, .invalid)
        case 5: name = try field.string(bytes)
        case 6: fields.kind = SpanKind(rawValue: UInt8(clamping: try field.varint())) ?? .unspecified
        case 7: fields.start = try field.fixed64()
        case 8: fields.end = try field.fixed64()
        case 10: fields.droppedAttributesCount = try field.uint32()
        case 12: fields.droppedEventsCount = try field.uint32()
        case 14: fields.droppedLinksCount = try field.uint32()
        case 15: try readStatus(bytes, try field.delimited())
        case 16: fields.flags = try field.fixed32()
        default: break
        }
    }

    private mutating func readStatus(_ bytes: RawSpan, _ message: Range<Int>) throws(WireError) {
        (fields.status, statusMessage) = (.unset, 0..<0)
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 2: statusMessage = try field.string(bytes)
            case 3: fields.status = SpanStatus.Code(rawValue: UInt8(clamping: try field.varint())) ?? .unset
            default: break
            }
        }
    }

    private mutating func note<ID>(_ reason: RejectionReason, _ value: ID) -> ID {
        misfit = misfit ?? reason
        return value
    }
}

extension ProtobufField {
    /// A trace id; invalid where the field is empty, `nil` where its length is neither 0 nor 16.
    func traceID(_ bytes: RawSpan) throws(WireError) -> TraceID? {
        try expect(.delimited)
        guard range.count == 16 else { return range.isEmpty ? .invalid : nil }
        let (high, low) = (bytes.word64(at: range.lowerBound), bytes.word64(at: range.lowerBound + 8))
        return TraceID(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    /// A span id; invalid where the field is empty, `nil` where its length is neither 0 nor 8.
    func spanID(_ bytes: RawSpan) throws(WireError) -> SpanID? {
        try expect(.delimited)
        guard range.count == 8 else { return range.isEmpty ? .invalid : nil }
        return SpanID(UInt64(bigEndian: bytes.word64(at: range.lowerBound)))
    }
}
