import Synchronization

/// A bounded first-in-first-out queue between the program and its exporter.
///
/// Appending never waits: when the queue is full the newest item is refused, so that memory stays bounded and what led
/// to an incident, which came first, is kept. It is full by the number of items or by their bytes: 2000 log lines can be
/// 100 KB or 20 GB.
final class BatchQueue<Item: QueuedItem>: Sendable {
    /// What became of an appended item.
    enum Result: Hashable {
        case queued
        /// Queued, and a whole batch is waiting now.
        case batchReady
        case full
        /// The item alone is larger than the queue.
        case tooLarge
        case closed
    }

    private struct State {
        var items: [(item: Item, bytes: Int)] = []
        var bytes = 0
        var isClosed = false
    }

    private let capacity: Int
    private let batch: Int
    private let maximumBytes: Int
    private let batchBytes: Int
    private let state = Mutex(State())

    init(_ limits: QueueLimits) {
        capacity = max(1, limits.capacity)
        batch = max(1, min(limits.batch, limits.capacity))
        maximumBytes = max(1, limits.maximumBytes)
        batchBytes = max(1, maximumBytes / 4)
    }

    func append(_ item: Item) -> Result {
        let bytes = item.approximateBytes
        guard bytes <= maximumBytes else { return .tooLarge }
        return state.withLock { state in
            guard !state.isClosed else { return .closed }
            guard state.items.count < capacity, state.bytes + bytes <= maximumBytes else { return .full }
            let batches = state.bytes / batchBytes
            state.items.append((item, bytes))
            state.bytes += bytes
            return state.items.count % batch == 0 || state.bytes / batchBytes > batches ? .batchReady : .queued
        }
    }

    /// The oldest items, at most a batch; empty when nothing waits.
    func take() -> [Item] {
        state.withLock { state in
            var taken: [Item] = []
            var bytes = 0
            for entry in state.items.prefix(batch) {
                guard taken.isEmpty || bytes + entry.bytes <= batchBytes else { break }
                taken.append(entry.item)
                bytes += entry.bytes
            }
            state.items.removeFirst(taken.count)
            state.bytes -= bytes
            return taken
        }
    }

    /// Refuses all further items; those that wait can still be taken.
    func close() { state.withLock { $0.isClosed = true } }

    var count: Int { state.withLock { $0.items.count } }
}
