import ClewModel

extension OTLP {
    /// Reads a request held in an array straight into a sink; see the form for a `RawSpan`.
    @inlinable
    public static func decodeLogs<Sink: LogSink & ~Copyable>(
        _ request: [UInt8], limits: WireLimits = .default, into sink: inout Sink
    ) throws(WireError) {
        // Safe: the array is borrowed for the call, and its bytes have no padding.
        try decodeLogs(unsafe request.span.bytes, limits: limits, into: &sink)
    }

    /// Reads a logs request straight into a sink; the rules are those of `OTLP.decodeTraces(_:limits:into:)`.
    @inlinable
    public static func decodeLogs<Sink: LogSink & ~Copyable>(
        _ bytes: RawSpan, limits: WireLimits = .default, into sink: inout Sink
    ) throws(WireError) {
        try walk(bytes, limits, &sink) { bytes, message, limits, validator, sink throws(WireError) in
            try decodeRecord(bytes, message, limits, validator, &sink)
        }
    }

    @inlinable
    static func decodeRecord<Sink: LogSink & ~Copyable>(
        _ bytes: RawSpan, _ message: Range<Int>, _ limits: WireLimits, _ validator: SchemaValidator, _ sink: inout Sink
    ) throws(WireError) {
        var record = LogHead()
        var entries = 0
        var reader = ProtobufReader(message)
        while let field = try reader.next(bytes) {
            if field.number == 6 {
                let attribute = try validator.attribute(bytes, try field.delimited())
                entries += 1
                guard entries <= limits.maximumAttributes else { continue }
                sink.attribute(key: bytes.extracting(attribute.key), value: bytes.extracting(attribute.value))
            } else {
                try record.read(bytes, field, validator)
            }
        }
        if let reason = entries > limits.maximumAttributes ? .tooManyAttributes : record.rejection {
            sink.reject(reason)
        } else {
            sink.record(
                record.fields, severityText: bytes.extracting(record.severityText),
                body: bytes.extracting(record.body), eventName: bytes.extracting(record.eventName))
        }
    }
}

/// The fields of a log record that occur once, as far as they are read.
@usableFromInline
struct LogHead {
    @usableFromInline var fields = LogFields()
    @usableFromInline var severityText = 0..<0
    @usableFromInline var body = 0..<0
    @usableFromInline var eventName = 0..<0
    private var misfit: RejectionReason?

    @usableFromInline
    init() {}

    /// Why the record cannot be kept; only known when all fields are read.
    @usableFromInline var rejection: RejectionReason? {
        misfit ?? (max(fields.time, fields.observedTime) > UInt64(Int64.max) ? .timeOutOfRange : nil)
    }

    @usableFromInline
    mutating func read(_ bytes: RawSpan, _ field: ProtobufField, _ validator: SchemaValidator) throws(WireError) {
        switch field.number {
        case 1: fields.time = try field.fixed64()
        case 2: fields.severityNumber = UInt8(clamping: try field.varint())
        case 3: severityText = try field.string(bytes)
        case 5:
            body = try field.delimited()
            try validator.checkValue(bytes, body)
        case 7: fields.droppedAttributesCount = try field.uint32()
        case 8: fields.flags = try field.fixed32()
        case 9: fields.traceID = try field.traceID(bytes) ?? note(.invalidTraceID, .invalid)
        case 10: fields.spanID = try field.spanID(bytes) ?? note(.invalidSpanID, .invalid)
        case 11: fields.observedTime = try field.fixed64()
        case 12: eventName = try field.string(bytes)
        default: break
        }
    }

    private mutating func note<ID>(_ reason: RejectionReason, _ value: ID) -> ID {
        misfit = misfit ?? reason
        return value
    }
}
