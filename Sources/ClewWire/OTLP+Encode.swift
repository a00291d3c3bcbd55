public import ClewModel

/// Something that OTLP groups by resource and scope.
protocol EnvelopeItem {
    var resource: Resource { get }
    var scope: InstrumentationScope { get }
    /// Writes the content of the item's own message.
    func write(to writer: inout ProtobufWriter)
}

extension OTLP {
    /// A traces request; adjacent spans of equal resource and scope share one message of each.
    public static func encode(_ spans: [Span]) -> [UInt8] { envelope(spans) }

    /// A logs request; adjacent records of equal resource and scope share one message of each.
    public static func encode(_ records: [LogRecord]) -> [UInt8] { envelope(records) }

    /// A metrics request; adjacent metrics of equal resource and scope share one message of each.
    public static func encode(_ metrics: [Metric]) -> [UInt8] { envelope(metrics) }

    public static func encodeResource(_ resource: Resource) -> [UInt8] { content(resource.write) }

    public static func encodeScope(_ scope: InstrumentationScope) -> [UInt8] { content(scope.write) }

    /// An `AnyValue`; `AttributeValue.empty` is no bytes.
    ///
    /// What is nested deeper than ``WireLimits/maximumDepth`` of the default limits is left out, so that what is written can
    /// be read.
    public static func encodeValue(_ value: AttributeValue) -> [UInt8] { content { value.write(to: &$0) } }

    public static func encodeEvent(_ event: SpanEvent) -> [UInt8] { content(event.write) }

    public static func encodeLink(_ link: SpanLink) -> [UInt8] { content(link.write) }

    private static func content(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        write(&writer)
        return writer.bytes
    }

    private static func envelope<Item: EnvelopeItem>(_ items: [Item]) -> [UInt8] {
        var writer = ProtobufWriter()
        var rest = items[...]
        while let resource = rest.first?.resource {
            var group = Self.leading(rest) { $0.resource == resource }
            rest = rest[group.endIndex...]
            writer.message(1) { writer in
                writer.message(1, resource.write)
                while let scope = group.first?.scope {
                    let members = Self.leading(group) { $0.scope == scope }
                    group = group[members.endIndex...]
                    writer.message(2) { writer in
                        writer.message(1, scope.write)
                        for item in members { writer.message(2, item.write) }
                        writer.nonEmptyString(3, scope.schemaURL)
                    }
                }
                writer.nonEmptyString(3, resource.schemaURL)
            }
        }
        return writer.bytes
    }

    /// The first item, and those behind it that belong with it; the first is not asked, since an attribute that is not a
    /// number makes a resource unequal to itself.
    private static func leading<Item>(_ items: ArraySlice<Item>, _ belongs: (Item) -> Bool) -> ArraySlice<Item> {
        items[..<(items.dropFirst().firstIndex { !belongs($0) } ?? items.endIndex)]
    }
}

extension Resource {
    func write(to writer: inout ProtobufWriter) {
        writer.attributes(1, attributes)
        writer.nonZeroVarint(2, UInt64(droppedAttributesCount))
    }
}

extension InstrumentationScope {
    func write(to writer: inout ProtobufWriter) {
        writer.nonEmptyString(1, name)
        writer.nonEmptyString(2, version)
        writer.attributes(3, attributes)
        writer.nonZeroVarint(4, UInt64(droppedAttributesCount))
    }
}

extension Span: EnvelopeItem {
    func write(to writer: inout ProtobufWriter) {
        writer.traceID(1, traceID)
        writer.spanID(2, spanID)
        writer.nonEmptyString(3, traceState)
        if let parentSpanID { writer.spanID(4, parentSpanID) }
        writer.nonEmptyString(5, name)
        writer.nonZeroVarint(6, UInt64(kind.rawValue))
        writer.nonZeroFixed64(7, start)
        writer.nonZeroFixed64(8, end)
        writer.attributes(9, attributes)
        writer.nonZeroVarint(10, UInt64(droppedAttributesCount))
        for event in events { writer.message(11, event.write) }
        writer.nonZeroVarint(12, UInt64(droppedEventsCount))
        for link in links { writer.message(13, link.write) }
        writer.nonZeroVarint(14, UInt64(droppedLinksCount))
        if status != SpanStatus() { writer.message(15, status.write) }
        writer.nonZeroFixed32(16, flags)
    }
}

extension SpanStatus {
    func write(to writer: inout ProtobufWriter) {
        writer.nonEmptyString(2, message)
        writer.nonZeroVarint(3, UInt64(code.rawValue))
    }
}

extension SpanEvent {
    func write(to writer: inout ProtobufWriter) {
        writer.nonZeroFixed64(1, time)
        writer.nonEmptyString(2, name)
        writer.attributes(3, attributes)
        writer.nonZeroVarint(4, UInt64(droppedAttributesCount))
    }
}

extension SpanLink {
    func write(to writer: inout ProtobufWriter) {
        writer.traceID(1, traceID)
        writer.spanID(2, spanID)
        writer.nonEmptyString(3, traceState)
        writer.attributes(4, attributes)
        writer.nonZeroVarint(5, UInt64(droppedAttributesCount))
        writer.nonZeroFixed32(6, flags)
    }
}

extension LogRecord: EnvelopeItem {
    func write(to writer: inout ProtobufWriter) {
        writer.nonZeroFixed64(1, time)
        writer.nonZeroVarint(2, UInt64(severityNumber))
        writer.nonEmptyString(3, severityText)
        if body != .empty { writer.message(5) { body.write(to: &$0) } }
        writer.attributes(6, attributes)
        writer.nonZeroVarint(7, UInt64(droppedAttributesCount))
        writer.nonZeroFixed32(8, flags)
        if let traceID { writer.traceID(9, traceID) }
        if let spanID { writer.spanID(10, spanID) }
        writer.nonZeroFixed64(11, observedTime)
        writer.nonEmptyString(12, eventName)
    }
}

extension AttributeValue {
    /// - Parameter depth: How many values enclose this one.
    func write(to writer: inout ProtobufWriter, depth: Int = 0) {
        let isDeepest = depth + 1 >= WireLimits.default.maximumDepth
        switch self {
        case .empty: break
        case .string(let value): writer.string(1, value)
        case .bool(let value): writer.varint(2, value ? 1 : 0)
        case .int(let value): writer.varint(3, UInt64(bitPattern: value))
        case .double(let value): writer.double(4, value)
        case .array(let values):
            writer.message(5) { writer in
                for value in isDeepest ? [] : values { writer.message(1) { value.write(to: &$0, depth: depth + 1) } }
            }
        case .keyValueList(let entries):
            writer.message(6) { $0.attributes(1, isDeepest ? [] : entries, depth: depth + 1) }
        case .bytes(let value): writer.bytes(7, value)
        }
    }
}

extension ProtobufWriter {
    /// A field of `KeyValue`s, each with its value even where that is empty: an absent value reads as null too, but
    /// senders write it.
    mutating func attributes(_ number: UInt32, _ attributes: Attributes, depth: Int = 0) {
        for attribute in attributes {
            message(number) { writer in
                writer.nonEmptyString(1, attribute.key)
                writer.message(2) { attribute.value.write(to: &$0, depth: depth) }
            }
        }
    }

    mutating func traceID(_ number: UInt32, _ id: TraceID) {
        tag(number, .delimited)
        varint(16)
        bigEndian(id.high)
        bigEndian(id.low)
    }

    mutating func spanID(_ number: UInt32, _ id: SpanID) {
        tag(number, .delimited)
        varint(8)
        bigEndian(id.value)
    }

    private mutating func bigEndian(_ value: UInt64) { fixed64(value.byteSwapped) }
}
