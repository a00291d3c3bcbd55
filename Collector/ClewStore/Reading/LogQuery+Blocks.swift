import ClewModel

extension LogQuery: BlockQuery {
    static var signal: Signal { .logs }

    var soughtTraces: Set<TraceID>? { traceID.map { [$0] } }

    func narrowPages(_ reader: BlockReader) {}

    func narrowNames(_ rows: inout RowSelection, _ reader: BlockReader) throws {
        guard let text = text.map(FoldedText.init), text.bytes.count >= TrigramFilter.leastText else { return }
        // A few pages are searched faster than the whole block's filter is read.
        guard reader.rowCount == reader.header.rowCount, let filter = try reader.bodyFilter() else { return }
        if !filter.mayContain(text) { rows.removeAll() }
    }

    func narrow(_ rows: inout RowSelection, _ reader: BlockReader) throws {
        if let minimumSeverity {
            let values = try reader.numbers(BlockSchema.Number.severityNumber)
            rows.keep { values[$0] >= UInt64(minimumSeverity.rawValue) }
        }
        if let text, !text.isEmpty, !rows.isEmpty {
            try keep(&rows, FoldedText(text), reader.dictionary(BlockSchema.Dictionary.body))
        }
    }

    /// Looks at each distinct body once, and only at those of rows that are left.
    private func keep(_ rows: inout RowSelection, _ text: FoldedText, _ bodies: DictionaryColumn) throws {
        var verdicts = [Bool?](repeating: nil, count: bodies.strings.count)
        try rows.keep { row in
            let number = Int(bodies.ids[row])
            if let verdict = verdicts[number] { return verdict }
            let verdict = try bodies.strings.withText(number) { text.isContained(in: $0) }
            verdicts[number] = verdict
            return verdict
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
