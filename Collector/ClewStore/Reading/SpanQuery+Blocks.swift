import ClewModel

extension SpanQuery: BlockQuery {
    static var signal: Signal { .traces }

    var soughtTraces: Set<TraceID>? { traceIDs }

    /// Nanoseconds of a duration as a block holds it; a span that ends before it begins has none.
    static func duration(_ stored: UInt64) -> UInt64 { UInt64(clamping: Int64(bitPattern: stored.unzigzag)) }

    func narrowPages(_ reader: BlockReader) throws {
        guard let minimumDuration, minimumDuration > 0, let longest = try reader.longestDurations() else { return }
        reader.keepPages { longest[$0] >= minimumDuration }
    }

    func narrowNames(_ rows: inout RowSelection, _ reader: BlockReader) throws {
        guard operation != nil || operationPattern != nil else { return }
        var matcher = operationPattern.map { BoundedMatcher($0) }
        try rows.keep(reader.dictionary(BlockSchema.Dictionary.name)) { names, index in
            let name = names.string(index)
            return try (operation.map { $0 == name } ?? true) && (matcher?.matches(name) ?? true)
        }
    }

    func narrow(_ rows: inout RowSelection, _ reader: BlockReader) throws {
        if !kinds.isEmpty {
            let accepted = Set(kinds.map { UInt64($0.rawValue) })
            let values = try reader.numbers(BlockSchema.Number.kind)
            rows.keep { accepted.contains(values[$0]) }
        }
        if let status, !rows.isEmpty {
            let values = try reader.numbers(BlockSchema.Number.status)
            rows.keep { values[$0] == UInt64(status.rawValue) }
        }
        if minimumDuration != nil || maximumDuration != nil, !rows.isEmpty {
            let range = (minimumDuration ?? 0, maximumDuration ?? .max)
            let values = try reader.numbers(BlockSchema.Number.duration)
            rows.keep { row in
                let duration = Self.duration(values[row])
                return range.0 <= duration && duration <= range.1
            }
        }
        if rootsOnly, !rows.isEmpty {
            let values = try reader.numbers(BlockSchema.Number.parentSpanID)
            rows.keep { values[$0] == 0 }
        }
        if let linkedTo, !rows.isEmpty {
            let links = try reader.list(BlockSchema.List.links)
            try rows.keep { row in try ListTest.links(links, row, contain: linkedTo) }
        }
    }

    static func records(_ block: Block, _ rows: [Int]) throws(DamagedColumn) -> [Span] {
        var materializer = try RowMaterializer(block)
        var spans: [Span] = []
        spans.reserveCapacity(rows.count)
        for row in rows { spans.append(try materializer.span(row)) }
        return spans
    }
}
