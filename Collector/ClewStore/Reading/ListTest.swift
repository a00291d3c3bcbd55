import ClewModel

/// A condition on the events or the links of a span, as it is asked of the encoded messages.
struct ListTest {
    /// Position in ``BlockSchema/lists``.
    let list: Int
    private var test: ValueTest
    private let key: KeyName
    private let isName: Bool
    private let attributesField: UInt64

    // Field numbers of Span.Event, Span.Link and KeyValue, opentelemetry/proto/trace/v1/trace.proto.
    private static let eventName: UInt64 = 2
    private static let eventAttributes: UInt64 = 3
    private static let linkTraceID: UInt64 = 1
    private static let linkAttributes: UInt64 = 4
    private static let attributeKey: UInt64 = 1
    private static let attributeValue: UInt64 = 2

    init(_ condition: AttributeCondition) {
        let isEvent = condition.scope == .event
        list = isEvent ? BlockSchema.List.events : BlockSchema.List.links
        test = ValueTest(condition)
        key = KeyName(condition.key)
        isName = isEvent && condition.isName
        attributesField = isEvent ? Self.eventAttributes : Self.linkAttributes
    }

    /// Whether some message of a row has the key with a value that meets the condition; for `missing`, whether none has
    /// the key.
    mutating func meets(_ messages: ByteStrings, _ row: Int) throws -> Bool {
        let bytes = messages.bytes.span
        var cursor = FieldCursor(messages.range(row))
        let isMissing = test.condition.comparison == .missing
        while !cursor.isAtEnd {
            let message = try cursor.delimited(bytes)
            if isName {
                let name = try name(bytes, message)
                if name.isEmpty { continue }
                if isMissing { return false }
                if try test.meets(text: bytes.extracting(name)) { return true }
            } else if let value = try value(bytes, message) {
                if isMissing { return false }
                if try test.meets(bytes.extracting(value)) { return true }
            }
        }
        return isMissing
    }

    /// Whether some link of a row is to one of the traces.
    static func links(_ links: ByteStrings, _ row: Int, contain traces: Set<TraceID>) throws -> Bool {
        let bytes = links.bytes.span
        var cursor = FieldCursor(links.range(row))
        while !cursor.isAtEnd {
            var id: TraceID?
            var fields = FieldCursor(try cursor.delimited(bytes))
            while let field = try fields.next(bytes) {
                if field.number == linkTraceID { id = TraceID(bytes: links.bytes[field.content]) }
            }
            if let id, traces.contains(id) { return true }
        }
        return false
    }

    /// As on every scalar field, the last one counts.
    private func name(
        _ bytes: borrowing Swift.Span<UInt8>, _ message: Range<Int>
    ) throws(DamagedColumn) -> Range<Int> {
        var name = message.lowerBound..<message.lowerBound
        var fields = FieldCursor(message)
        while let field = try fields.next(bytes) {
            if field.number == Self.eventName { name = field.content }
        }
        return name
    }

    /// The value of the first attribute with the key, as an encoded `AnyValue`.
    private func value(
        _ bytes: borrowing Swift.Span<UInt8>, _ message: Range<Int>
    ) throws(DamagedColumn) -> Range<Int>? {
        var fields = FieldCursor(message)
        while let field = try fields.next(bytes) {
            guard field.number == attributesField else { continue }
            let empty = field.content.lowerBound..<field.content.lowerBound
            var (name, value) = (empty, empty)
            var parts = FieldCursor(field.content)
            while let part = try parts.next(bytes) {
                if part.number == Self.attributeKey { name = part.content }
                if part.number == Self.attributeValue { value = part.content }
            }
            if key.equals(bytes.extracting(name)) { return value }
        }
        return nil
    }
}
