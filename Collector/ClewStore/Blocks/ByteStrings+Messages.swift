import ClewModel
import ClewWire

/// Dictionary entries as the values they stand for.
extension ByteStrings {
    func resources() throws(DamagedColumn) -> [Resource] {
        try decoded { (bytes: RawSpan, schemaURL: String) throws(WireError) in
            try OTLP.decodeResource(bytes, schemaURL: schemaURL)
        }
    }

    func scopes() throws(DamagedColumn) -> [InstrumentationScope] {
        try decoded { (bytes: RawSpan, schemaURL: String) throws(WireError) in
            try OTLP.decodeScope(bytes, schemaURL: schemaURL)
        }
    }

    /// An encoded `AnyValue`.
    func value(_ index: Int) throws(DamagedColumn) -> AttributeValue {
        do {
            return try OTLP.decodeValue(unsafe bytes.span.bytes.extracting(range(index)))
        } catch {
            throw DamagedColumn("a value does not decode: \(error)")
        }
    }

    func events(_ row: Int) throws(DamagedColumn) -> [SpanEvent] {
        try messages(row) { (bytes: RawSpan) throws(WireError) in try OTLP.decodeEvent(bytes) }
    }

    func links(_ row: Int) throws(DamagedColumn) -> [SpanLink] {
        try messages(row) { (bytes: RawSpan) throws(WireError) in try OTLP.decodeLink(bytes) }
    }

    private func decoded<Value>(
        _ decode: (RawSpan, String) throws(WireError) -> Value
    ) throws(DamagedColumn) -> [Value] {
        var values: [Value] = []
        for index in 0..<count {
            let entry = Array(self[index])
            var cursor = ByteCursor(entry)
            let length = try cursor.count()
            let schemaURL = String(decoding: try cursor.take(length), as: UTF8.self)
            do {
                values.append(try decode(unsafe entry.span.bytes.extracting(cursor.offset..<entry.count), schemaURL))
            } catch {
                throw DamagedColumn("a resource or scope does not decode: \(error)")
            }
        }
        return values
    }

    private func messages<Value>(
        _ row: Int, _ decode: (RawSpan) throws(WireError) -> Value
    ) throws(DamagedColumn) -> [Value] {
        var cursor = ByteCursor(Array(self[row]))
        var values: [Value] = []
        while cursor.remaining > 0 {
            let message = Array(try cursor.take(try cursor.count()))
            do {
                values.append(try decode(unsafe message.span.bytes))
            } catch {
                throw DamagedColumn("an event or link does not decode: \(error)")
            }
        }
        return values
    }
}
