import ClewModel
import ClewWire

/// Turns rows of a block back into the records that were sent. Rows must be asked in ascending order.
struct RowMaterializer {
    private let block: Block
    private var cursor: RowCursor
    private let resources: [Resource]
    private let scopes: [InstrumentationScope]

    /// - Parameter block: A validated block.
    init(_ block: Block) throws(DamagedColumn) {
        self.block = block
        cursor = try RowCursor(block)
        resources = try block.dictionaries[BlockSchema.Dictionary.resource].strings.resources()
        scopes = try block.dictionaries[BlockSchema.Dictionary.scope].strings.scopes()
    }

    mutating func span(_ row: Int) throws(DamagedColumn) -> Span {
        let start = number(BlockSchema.Number.time, row)
        let parent = number(BlockSchema.Number.parentSpanID, row)
        return Span(
            traceID: try traceID(row),
            spanID: SpanID(number(BlockSchema.Number.spanID, row)),
            parentSpanID: parent == 0 ? nil : SpanID(parent),
            traceState: string(BlockSchema.Dictionary.traceState, row),
            flags: count(BlockSchema.Number.flags, row),
            name: string(BlockSchema.Dictionary.name, row),
            kind: SpanKind(rawValue: UInt8(clamping: number(BlockSchema.Number.kind, row))) ?? .unspecified,
            start: start,
            end: start &+ number(BlockSchema.Number.duration, row).unzigzag,
            attributes: try attributes(row),
            droppedAttributesCount: count(BlockSchema.Number.droppedAttributes, row),
            events: try block.lists[BlockSchema.List.events].events(row),
            droppedEventsCount: count(BlockSchema.Number.droppedEvents, row),
            links: try block.lists[BlockSchema.List.links].links(row),
            droppedLinksCount: count(BlockSchema.Number.droppedLinks, row),
            status: SpanStatus(
                SpanStatus.Code(rawValue: UInt8(clamping: number(BlockSchema.Number.status, row))) ?? .unset,
                message: string(BlockSchema.Dictionary.statusMessage, row)
            ),
            resource: resources[id(BlockSchema.Dictionary.resource, row)],
            scope: scopes[id(BlockSchema.Dictionary.scope, row)]
        )
    }

    mutating func logRecord(_ row: Int) throws(DamagedColumn) -> LogRecord {
        let time = number(BlockSchema.Number.time, row)
        let spanID = SpanID(number(BlockSchema.Number.spanID, row))
        let traceID = try traceID(row)
        return LogRecord(
            time: time &+ number(BlockSchema.Number.sentTime, row).unzigzag,
            observedTime: time &+ number(BlockSchema.Number.observedTime, row).unzigzag,
            severityNumber: UInt8(clamping: number(BlockSchema.Number.severityNumber, row)),
            severityText: string(BlockSchema.Dictionary.severityText, row),
            body: try value(BlockSchema.Dictionary.body, row),
            attributes: try attributes(row),
            droppedAttributesCount: count(BlockSchema.Number.droppedAttributes, row),
            flags: count(BlockSchema.Number.flags, row),
            traceID: traceID.isValid ? traceID : nil,
            spanID: spanID.isValid ? spanID : nil,
            eventName: string(BlockSchema.Dictionary.eventName, row),
            resource: resources[id(BlockSchema.Dictionary.resource, row)],
            scope: scopes[id(BlockSchema.Dictionary.scope, row)]
        )
    }

    private func number(_ index: Int, _ row: Int) -> UInt64 { block.numbers[index][row] }

    private func count(_ index: Int, _ row: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(index, row)) }

    private func id(_ index: Int, _ row: Int) -> Int { Int(block.dictionaries[index].ids[row]) }

    private func string(_ index: Int, _ row: Int) -> String {
        block.dictionaries[index].strings.string(id(index, row))
    }

    private func value(_ index: Int, _ row: Int) throws(DamagedColumn) -> AttributeValue {
        try block.dictionaries[index].strings.value(id(index, row))
    }

    private func traceID(_ row: Int) throws(DamagedColumn) -> TraceID {
        let bytes = block.dictionaries[BlockSchema.Dictionary.traceID].strings[id(BlockSchema.Dictionary.traceID, row)]
        guard let id = TraceID(bytes: bytes) else { throw DamagedColumn("a trace id of \(bytes.count) bytes") }
        return id
    }

    private mutating func attributes(_ row: Int) throws(DamagedColumn) -> Attributes {
        cursor.skip(block, to: row)
        var attributes: Attributes = []
        try cursor.next(block) { (key: RawSpan, value: RawSpan) throws(DamagedColumn) in
            do {
                attributes.append(Attribute(String(copying: key), try OTLP.decodeValue(value)))
            } catch {
                throw DamagedColumn("an attribute does not decode: \(error)")
            }
        }
        return attributes
    }
}
