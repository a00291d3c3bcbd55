import ClewModel

extension LogQuery: BlockQuery {
    static var signal: Signal { .logs }

    var soughtTraces: Set<TraceID>? { traceID.map { [$0] } }

    func narrowPages(_ reader: BlockReader) {}

    func narrowNames(_ rows: inout RowSelection, _ reader: BlockReader) throws {}

    func narrow(_ rows: inout RowSelection, _ reader: BlockReader) throws {
        if let minimumSeverity {
            let values = try reader.numbers(BlockSchema.Number.severityNumber)
            rows.keep { values[$0] >= UInt64(minimumSeverity.rawValue) }
        }
        if let text, !rows.isEmpty {
            try rows.keep(reader.dictionary(BlockSchema.Dictionary.body)) { bodies, index in
                Self.contains(try bodies.value(index).description, text)
            }
        }
    }

    static func records(_ block: Block, _ rows: [Int]) throws(DamagedColumn) -> [LogRecord] {
        var materializer = try RowMaterializer(block)
        var records: [LogRecord] = []
        records.reserveCapacity(rows.count)
        for row in rows { records.append(try materializer.logRecord(row)) }
        return records
    }
}
