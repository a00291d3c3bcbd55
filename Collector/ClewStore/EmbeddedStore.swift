public import ClewModel
import Dispatch
import Synchronization

/// Spans and log records in columnar blocks; docs/format.md describes the files.
///
/// A request is decoded straight into the columns of a block. What arrives while a commit runs is committed together: one
/// record of the journal and one fsync, and then every request in it is acknowledged. An acknowledged record survives the end
/// of the process and the loss of power. In the background the journal is flushed to the partitions, one a day, as blocks
/// ordered by trace.
///
/// One process at a time can have a directory open.
public final class EmbeddedStore: TelemetryStore {
    private struct State {
        var schedule: CommitSchedule
        var closing: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
    }

    let partitions: PartitionSet
    let fingerprints: FingerprintCache
    let damage: DamageRegister
    let journal: Journal
    let removals = RemovalCounter()
    private let maintenance: Maintenance
    private let shards: [IngestShard]
    private let committer: Committer
    private let commitWindow: Duration
    private let maximumPendingBytes: Int
    private let state: Mutex<State>
    private let commitQueue = DispatchQueue(label: "clew.store.commit")
    /// Reads block their thread on files, so they keep off the cooperative pool.
    private let readQueue = DispatchQueue(label: "clew.store.read", attributes: .concurrent)

    /// A commit starts without waiting for more requests once so much is pending.
    private static let sealBytes = 4 << 20

    /// Opens a data directory, and makes it when it does not exist.
    ///
    /// - Parameter directory: The path; files are made in it and in its `partitions` directory.
    /// - Throws: ``StoreError`` with code `readOnly` if the directory cannot be made or written, `inUse` if another process
    ///   has it open, `newerFormat` if a later version wrote it.
    public init(directory: String, options: Options = Options()) throws(StoreError) {
        damage = DamageRegister(report: options.onDamage)
        partitions = try PartitionSet(
            try DataDirectory(directory), maximumOpen: options.maximumOpenPartitions, damage: damage)
        fingerprints = FingerprintCache(maximumBytes: options.fingerprintCacheBytes)
        journal = try Journal(
            partitions.directory, Journal.Limits(rows: options.segmentRows), damage: damage)
        committer = Committer(journal: journal)
        for segment in journal.read({ $0 }) { try Self.dropFlushed(segment, partitions) }
        let days = DayAdmission(
            partitions.days() + journal.read { $0.flatMap { $0.blocks.map(\.day) } },
            maximumDistant: options.maximumDistantDays, retention: options.retention, now: options.now)
        let maximumKeys = options.maximumAttributeKeys
        maintenance = Maintenance(
            flusher: Flusher(
                partitions: partitions, journal: journal, fingerprints: fingerprints, damage: damage,
                maximumKeys: maximumKeys),
            compactor: Compactor(
                journal: journal, fingerprints: fingerprints, damage: damage, maximumKeys: maximumKeys),
            retention: RetentionKeeper(
                partitions: partitions, journal: journal, days: days, maximumBytes: options.maximumBytes,
                removals: removals),
            partitions: partitions, journal: journal,
            schedule: Maintenance.Schedule(flushAge: options.flushAge, flushIdle: options.flushIdle),
            report: options.onDamage)
        shards = (0..<max(1, options.shards)).map { _ in
            IngestShard(maximumKeys: maximumKeys, days: days)
        }
        commitWindow = options.commitWindow
        // The arenas of a block count bytes in 32 bits.
        maximumPendingBytes = min(max(1, options.maximumPendingBytes), 1 << 30)
        state = Mutex(
            State(schedule: CommitSchedule(maximumBytes: maximumPendingBytes, sealBytes: Self.sealBytes)))
    }

    deinit {
        // A store that was not closed must not go on in the background; the next one reads its journal.
        maintenance.cancel()
    }

    /// A crash may have come between the flush of a segment and the removal of its file.
    private static func dropFlushed(_ segment: Segment, _ partitions: PartitionSet) throws(StoreError) {
        var flushed: Set<PartitionDay> = []
        for day in Set(segment.blocks.map(\.day)) {
            if try partitions.existing(day)?.holds(segment: segment.id) ?? false { flushed.insert(day) }
        }
        segment.drop(flushed)
    }

    public func append(
        _ signal: Signal, _ request: [UInt8],
        _ completion: @escaping @Sendable (Result<AppendResult, StoreError>) -> Void
    ) {
        if let refusal = admit(request.count) { return completion(.failure(refusal)) }
        switch decode(signal, request) {
        case .failure(let error):
            perform(state.withLock { $0.schedule.withdrawn(bytes: request.count) })
            completion(.failure(error))
        case .success(let appended):
            guard let batch = appended.batch else {
                perform(state.withLock { $0.schedule.withdrawn(bytes: request.count) })
                return completion(.success(appended.result))
            }
            batch.whenFinished { result in completion(result.map { appended.result }) }
            perform(state.withLock { $0.schedule.appended(bytes: request.count) })
        }
    }

    public func close() async {
        await withCheckedContinuation { continuation in
            let action: CommitSchedule.Action? = state.withLock { state in
                guard !state.isClosed else { return nil }
                state.closing.append(continuation)
                return state.schedule.close()
            }
            if let action { perform(action) } else { continuation.resume() }
        }
    }

    // MARK: Ingest

    /// Why a request of so many bytes is not taken; `nil` where it is.
    private func admit(_ bytes: Int) -> StoreError? {
        guard bytes <= maximumPendingBytes else {
            return StoreError(
                .malformed,
                "the request has \(bytes) bytes, and this store takes up to \(maximumPendingBytes): send less"
            )
        }
        return state.withLock { state in
            if state.schedule.isClosed { return .closed }
            if state.schedule.admit(bytes: bytes) { return nil }
            return StoreError(
                .overloaded, "more than \(maximumPendingBytes) bytes wait to be committed: try again in a second")
        }
    }

    /// Takes the first idle shard, so that few requests share one block and many share the cores.
    private func decode(_ signal: Signal, _ request: [UInt8]) -> Result<IngestShard.Appended, StoreError> {
        for shard in shards {
            if let appended = shard.appendIfIdle(signal, request) { return appended }
        }
        return (shards.randomElement() ?? shards[0]).append(signal, request)
    }

    private func perform(_ action: CommitSchedule.Action) {
        switch action {
        case .none: break
        case .commit: commitQueue.async { self.commit() }
        case .startWindow(let window):
            let nanoseconds = Int(clamping: commitWindow.nanoseconds)
            commitQueue.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) {
                self.perform(self.state.withLock { $0.schedule.windowEnded(window) })
            }
        case .finishClosing: commitQueue.async { self.finishClosing() }
        }
    }

    private func commit() {
        let sealed = shards.map { ($0, $0.seal()) }
        let batches = sealed.compactMap(\.1)
        let result: Result<Void, StoreError>
        do {
            if try committer.commit(batches) { maintenance.wake() }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        for batch in batches { batch.batch.finish(result) }
        for case (let shard, let batch?) in sealed { shard.reuse(batch.builders, bytes: batch.bytes) }
        let (requests, bytes) = batches.reduce((0, 0)) { ($0.0 + $1.requests, $0.1 + $1.bytes) }
        perform(state.withLock { $0.schedule.committed(requests: requests, bytes: bytes) })
    }

    private func finishClosing() {
        maintenance.stop()
        // Reads that run hold their partitions until they end.
        partitions.close()
        let closing = state.withLock { state in
            state.isClosed = true
            defer { state.closing = [] }
            return state.closing
        }
        for continuation in closing { continuation.resume() }
    }

    // MARK: Reading

    /// Runs a read away from the cooperative pool.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        guard !state.withLock(\.schedule.isClosed) else { throw .closed }
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            readQueue.async {
                do throws(StoreError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

extension StoreError {
    static let closed = StoreError(.closed, "the store is closed")
}
