public import ClewModel
import Foundation

extension EmbeddedStore {
    public func trace(_ id: TraceID) async throws(StoreError) -> [Span] {
        let query = SpanQuery(time: 0..<UnixNanoseconds.max, traceIDs: [id], limit: .max)
        return try await read { () throws(StoreError) in
            let search = BlockSearch(query, self)
            var spans: [Span] = []
            for day in search.days {
                for block in try search.blocks(of: day) {
                    spans += try query.matches(in: block, self.damage) { reader, rows in
                        try SpanQuery.records(reader.block(), rows)
                    }.joined()
                }
            }
            return spans
        }
    }

    public func spans(_ query: SpanQuery) async throws(StoreError) -> [Span] {
        try await read { () throws(StoreError) in try self.newest(query) }
    }

    public func logs(_ query: LogQuery) async throws(StoreError) -> [LogRecord] {
        try await read { () throws(StoreError) in try self.newest(query) }
    }

    public func spans(_ query: SpanQuery, _ body: (Span) -> Bool) async throws(StoreError) {
        try await forEach(query, body)
    }

    public func logs(_ query: LogQuery, _ body: (LogRecord) -> Bool) async throws(StoreError) {
        try await forEach(query, body)
    }

    public func summaries(_ query: SpanQuery, _ body: (SpanSummary) -> Bool) async throws(StoreError) {
        let search = try await read { () throws(StoreError) in BlockSearch(query, self) }
        for day in search.days {
            let blocks = try await read { () throws(StoreError) in try search.blocks(of: day) }
            for wave in blocks.waves {
                let summaries = try await read { () throws(StoreError) in
                    try concurrently(wave.count) { index throws(StoreError) in
                        try query.matches(in: wave[index], self.damage) { reader, rows in
                            var summaries = try SummaryReader(reader)
                            return try summaries.summaries(rows)
                        }
                    }
                }
                for summary in summaries.joined().joined() where !body(summary) { return }
            }
        }
    }

    public func status() async throws(StoreError) -> StoreStatus {
        try await read { () throws(StoreError) in
            var status = StoreStatus(bytesOnDisk: self.partitions.directory.bytesOnDisk)
            let days = self.partitions.days()
            // Opens what was never opened, so that nothing is opened while the journal is held.
            for day in days { _ = try self.partitions.statistics(day) }
            let (partitions, journal) = self.journal.read { segments in
                (
                    days.map { self.partitions.knownStatistics($0) },
                    PartitionStatistics(segments.flatMap { $0.blocks.map(\.header) })
                )
            }
            status.journalRecords = journal.spans + journal.logRecords
            for statistics in partitions + [journal] {
                status.spans += statistics.spans
                status.logRecords += statistics.logRecords
                status.blocks += statistics.blocks
                guard let times = statistics.times else { continue }
                status.oldest = min(status.oldest ?? .max, times.lowerBound)
                status.newest = max(status.newest ?? .min, times.upperBound)
            }
            status.damagedBlocks = self.damage.count
            (status.removedDays, status.removedRecords) = self.removals.current
            return status
        }
    }
}

extension EmbeddedStore {
    /// Reads the records that match a page at a time.
    private func forEach<Query: BlockQuery>(
        _ query: Query, _ body: (Query.Record) -> Bool
    ) async throws(StoreError) {
        let search = try await read { () throws(StoreError) in BlockSearch(query, self) }
        for day in search.days {
            for block in try await read({ () throws(StoreError) in try search.blocks(of: day) }) {
                let rows = try await read { () throws(StoreError) in
                    try query.matches(in: block, self.damage) { reader, rows in rows.map(reader.blockRow) }
                }
                for page in rows.joined().pages {
                    let records = try await read { () throws(StoreError) in
                        try block.read(rows: page[0]..<(page[page.count - 1] + 1), self.damage) { reader in
                            try Query.records(reader.block(), page.map { $0 - reader.rows.lowerBound })
                        }
                    }
                    for record in records ?? [] where !body(record) { return }
                }
            }
        }
    }

    /// The newest records that match, newest first.
    private func newest<Query: BlockQuery>(_ query: Query) throws(StoreError) -> [Query.Record] {
        guard query.limit > 0 else { return [] }
        let search = BlockSearch(query, self)
        var newest = NewestRows(limit: query.limit)
        days: for day in search.days {
            if newest.isComplete(before: day.times.upperBound - 1) { break days }
            for wave in try search.blocks(of: day).waves {
                // Blocks come by their newest row, so no later one can have a newer row.
                if newest.isComplete(before: wave[0].header.times.upperBound) { break }
                let entries = try concurrently(wave.count) { index throws(StoreError) in
                    try self.entries(wave[index], query)
                }
                for entry in entries.joined() { newest.append(entry) }
            }
        }
        return try records(newest.result(), Query.self)
    }

    private func entries(
        _ block: ReadableBlock, _ query: some BlockQuery
    ) throws(StoreError) -> [NewestRows.Entry] {
        Array(
            try query.matches(in: block, damage) { reader, rows in
                let times = try reader.numbers(BlockSchema.Number.time)
                return rows.map { row in
                    NewestRows.Entry(time: times[row], block: block, row: reader.blockRow(row))
                }
            }.joined())
    }

    /// Reads each page once, on all cores, and puts the records back into the order of the entries.
    private func records<Query: BlockQuery>(
        _ entries: [NewestRows.Entry], _ query: Query.Type
    ) throws(StoreError) -> [Query.Record] {
        let blocks = Dictionary(grouping: entries.indices) { ObjectIdentifier(entries[$0].block) }
        let pages = blocks.values.flatMap { indices in
            Dictionary(grouping: indices) { entries[$0].row / EncodedBlock.Layout.pageRows }.values
        }
        let read = try concurrently(pages.count) { number throws(StoreError) in
            let page = pages[number].sorted { entries[$0].row < entries[$1].row }
            let wanted = entries[page[0]].row..<(entries[page[page.count - 1]].row + 1)
            let records = try entries[page[0]].block.read(rows: wanted, self.damage) { reader in
                try Query.records(reader.block(), page.map { entries[$0].row - reader.rows.lowerBound })
            }
            return Array(zip(page, records ?? []))
        }
        var records: [Query.Record?] = Array(repeating: nil, count: entries.count)
        for (index, record) in read.joined() { records[index] = record }
        return records.compactMap { $0 }
    }
}

extension [ReadableBlock] {
    /// The blocks in their order, as many at a time as there are cores.
    fileprivate var waves: [[ReadableBlock]] {
        let size = ProcessInfo.processInfo.activeProcessorCount
        return stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min(count, $0 + size)]) }
    }
}

extension Sequence<Int> {
    /// Ascending rows of a block, those of one page together.
    fileprivate var pages: [[Int]] {
        Dictionary(grouping: self) { $0 / EncodedBlock.Layout.pageRows }.sorted { $0.key < $1.key }.map(\.value)
    }
}
