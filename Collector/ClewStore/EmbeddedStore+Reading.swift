public import ClewModel
import GRDB

extension EmbeddedStore {
    public func trace(_ id: TraceID) async throws(StoreError) -> [Span] {
        let query = SpanQuery(time: 0..<UnixNanoseconds.max, traceIDs: [id], limit: .max)
        return try await read { () throws(StoreError) in
            var spans: [Span] = []
            for (day, block) in try self.blocks(query) {
                let found = try self.read(block, of: day) { reader in
                    let rows = try query.rows(reader)
                    return rows.isEmpty ? [] : try SpanQuery.records(reader.block(), rows)
                }
                spans += found ?? []
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

    public func summaries(_ query: SpanQuery, _ body: (SpanSummary) -> Bool) async throws(StoreError) {
        let blocks = try await read { () throws(StoreError) in try self.blocks(query) }
        for (day, block) in blocks {
            let summaries = try await read { () throws(StoreError) in
                try self.read(block, of: day) { reader in
                    let rows = try query.rows(reader)
                    guard !rows.isEmpty else { return [] as [SpanSummary] }
                    var summaries = try SummaryReader(reader)
                    return try summaries.summaries(rows)
                }
            }
            for summary in summaries ?? [] where !body(summary) { return }
        }
    }

    public func status() async throws(StoreError) -> StoreStatus {
        try await read { () throws(StoreError) in
            var status = StoreStatus(bytesOnDisk: self.partitions.directory.bytesOnDisk)
            for day in self.partitions.days() {
                let statistics = try self.partitions.statistics(day)
                status.spans += statistics.spans
                status.logRecords += statistics.logRecords
                status.blocks += statistics.blocks
                guard let times = statistics.times else { continue }
                status.oldest = min(status.oldest ?? .max, times.lowerBound)
                status.newest = max(status.newest ?? .min, times.upperBound)
            }
            status.damagedBlocks = self.damage.count
            return status
        }
    }
}

extension EmbeddedStore {
    /// The blocks that may hold rows that match, by newest day and then newest block first.
    private func blocks(_ query: some BlockQuery) throws(StoreError) -> [(PartitionDay, BlockHeader)] {
        var result: [(PartitionDay, BlockHeader)] = []
        for day in partitions.days(query.time) {
            for block in try blocks(query, of: day) { result.append((day, block)) }
        }
        return result
    }

    private func blocks<Query: BlockQuery>(
        _ query: Query, of day: PartitionDay
    ) throws(StoreError) -> [BlockHeader] {
        let candidates = try partitions.partition(day).blocks(Query.signal, query.time).filter {
            $0.mayMatch(service: query.service, query.attributes)
                && !damage.contains(BlockAddress(day: day, id: $0.id))
        }
        let sorted = candidates.sorted { $0.times.upperBound > $1.times.upperBound }
        guard let traces = query.soughtTraces else { return sorted }
        let sought = Set(traces.map(Fingerprints.of)).sorted()
        var result: [BlockHeader] = []
        for block in sorted where try mayHold(sought, block, day) { result.append(block) }
        return result
    }

    private func mayHold(
        _ sought: [UInt32], _ block: BlockHeader, _ day: PartitionDay
    ) throws(StoreError) -> Bool {
        let address = BlockAddress(day: day, id: block.id)
        if let known = fingerprints[address] { return sought.contains { Fingerprints.contains($0, in: known) } }
        guard let read = try read(block, of: day, { try $0.fingerprints() }) else { return false }
        fingerprints.insert(read, for: address)
        return sought.contains { Fingerprints.contains($0, in: read) }
    }

    /// The newest records that match, newest first.
    private func newest<Query: BlockQuery>(_ query: Query) throws(StoreError) -> [Query.Record] {
        guard query.limit > 0 else { return [] }
        var newest = NewestRows(limit: query.limit)
        days: for day in partitions.days(query.time) {
            if newest.isComplete(before: day.times.upperBound - 1) { break days }
            for block in try blocks(query, of: day) {
                // Blocks come by their newest row, so no later one can have a newer row.
                if newest.isComplete(before: block.times.upperBound) { break }
                try show(block, of: day, to: &newest, query)
            }
        }
        return try records(newest.result(), Query.self)
    }

    private func show(
        _ block: BlockHeader, of day: PartitionDay, to newest: inout NewestRows, _ query: some BlockQuery
    ) throws(StoreError) {
        let rows = try read(block, of: day) { reader in
            let rows = try query.rows(reader)
            let times = rows.isEmpty ? [] : try reader.numbers(BlockSchema.Number.time)
            return rows.map { (row: $0, time: times[$0]) }
        }
        for (row, time) in rows ?? [] {
            newest.append(NewestRows.Entry(time: time, day: day, block: block, row: row))
        }
    }

    /// Reads each block once, and puts the records back into the order of the entries.
    private func records<Query: BlockQuery>(
        _ entries: [NewestRows.Entry], _ query: Query.Type
    ) throws(StoreError) -> [Query.Record] {
        var records: [Query.Record?] = Array(repeating: nil, count: entries.count)
        let groups = Dictionary(grouping: entries.indices) {
            BlockAddress(day: entries[$0].day, id: entries[$0].block.id)
        }
        for (address, indices) in groups {
            let ascending = indices.sorted { entries[$0].row < entries[$1].row }
            let found = try read(entries[ascending[0]].block, of: address.day) { reader in
                try Query.records(reader.block(), ascending.map { entries[$0].row })
            }
            for (index, record) in zip(ascending, found ?? []) { records[index] = record }
        }
        return records.compactMap { $0 }
    }

    /// Reads from one block; `nil` when it is damaged, which sets it aside, or gone.
    private func read<Value: Sendable>(
        _ block: BlockHeader, of day: PartitionDay, _ body: (BlockReader) throws -> Value
    ) throws(StoreError) -> Value? {
        let partition = try partitions.partition(day)
        do {
            return try partition.read { try body(BlockReader(block, $0)) }
        } catch is BlockIsGone {
            return nil
        } catch let error as DamagedColumn {
            damage.add(BlockAddress(day: day, id: block.id), in: partition.path, error)
        } catch let error as DatabaseError where error.isDamage {
            damage.add(BlockAddress(day: day, id: block.id), in: partition.path, error)
        } catch {
            throw StoreError(reading: partition.path, error)
        }
        return nil
    }
}

extension DatabaseError {
    /// Whether the file itself is broken.
    var isDamage: Bool { resultCode == .SQLITE_CORRUPT || resultCode == .SQLITE_NOTADB }
}
