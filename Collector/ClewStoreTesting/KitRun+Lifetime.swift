import ClewModel
import ClewStore
import ClewWire

/// Opening, closing, and several at once.
extension KitRun {
    func reopening() async throws {
        var random = random
        let (spans, logs) = (random.spans(300), random.logs(300))
        try await withStore { store in
            try await store.send(spans)
            try await store.send(logs)
        }
        let more = random.spans(100)
        try await withStore { store in
            try requireSame(try await store.spans(Self.everything), spans, "spans after opening again")
            try requireSame(try await store.logs(Self.everyLog), logs, "log records after opening again")
            try await store.send(more)
        }
        try await withStore { store in
            try requireSame(try await store.spans(Self.everything), spans + more, "spans after a third opening")
        }
    }

    func concurrency() async throws {
        let senders = 8
        try await withStore { store in
            let sent = try await withThrowingTaskGroup(of: [Span].self) { group in
                for sender in 0..<senders {
                    group.addTask { try await self.sendAndRead(store, RandomRecords(seed: seed &+ UInt64(sender))) }
                }
                return try await group.reduce([], +)
            }
            try requireSame(try await store.spans(Self.everything), sent, "spans of all senders")
        }
    }

    private func sendAndRead(_ store: any TelemetryStore, _ records: RandomRecords) async throws -> [Span] {
        var records = records
        var sent: [Span] = []
        for _ in 0..<12 {
            let spans = records.spans(24)
            try await store.send(spans, each: 24)
            sent += spans
            let id = records.pick(spans).traceID
            let expected = spans.filter { $0.traceID == id }
            try requireSame(try await store.trace(id), expected, "a trace right after its acknowledgement")
        }
        return sent
    }

    func status() async throws {
        var random = random
        let (spans, logs) = (random.spans(200), random.logs(150))
        try await withStore { store in
            let empty = try await store.status()
            try requireEqual(empty.spans, 0, "spans of an empty store")
            try requireEqual(empty.oldest, nil, "the oldest of an empty store")
            try await store.send(spans)
            try await store.send(logs)
            let status = try await store.status()
            let times = spans.map(\.start) + logs.map(\.effectiveTime)
            try requireEqual(status.spans, spans.count, "spans")
            try requireEqual(status.logRecords, logs.count, "log records")
            try requireEqual(status.oldest, times.min(), "the oldest")
            try requireEqual(status.newest, times.max(), "the newest")
            try requireEqual(status.damagedBlocks, 0, "damaged blocks")
            try require(status.blocks > 0 && status.bytesOnDisk > 0, "blocks and bytes are counted: \(status)")
        }
    }

    func closing() async throws {
        let store = try await open(name)
        await store.close()
        await store.close()
        try await requireClosed { _ = try await store.append(.traces, []) }
        try await requireClosed { _ = try await store.spans(Self.everything) }
        try await requireClosed { _ = try await store.status() }
    }

    private func requireClosed(_ body: () async throws -> Void) async throws {
        do {
            try await body()
            throw KitViolation("a closed store answered")
        } catch let error as StoreError {
            try requireEqual(error.code, .closed, "the error of a closed store, \(error)")
        }
    }
}
