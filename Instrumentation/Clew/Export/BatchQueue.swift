import Synchronization

/// A bounded first-in-first-out queue between the program and its exporter.
///
/// Appending never waits: when the queue is full the newest item is refused, so that memory stays bounded and what led
/// to an incident, which came first, is kept.
final class BatchQueue<Item: Sendable>: Sendable {
    /// What became of an appended item.
    enum Result: Hashable {
        case queued
        /// Queued, and a whole batch is waiting now.
        case batchReady
        case full
        case closed
    }

    private struct State {
        var items: [Item] = []
        var isClosed = false
    }

    private let capacity: Int
    private let batch: Int
    private let state = Mutex(State())

    init(_ limits: QueueLimits) {
        capacity = max(1, limits.capacity)
        batch = max(1, min(limits.batch, limits.capacity))
    }

    func append(_ item: Item) -> Result {
        state.withLock { state in
            guard !state.isClosed else { return .closed }
            guard state.items.count < capacity else { return .full }
            state.items.append(item)
            return state.items.count % batch == 0 ? .batchReady : .queued
        }
    }

    /// The oldest items, at most a batch; empty when nothing waits.
    func take() -> [Item] {
        state.withLock { state in
            let taken = Array(state.items.prefix(batch))
            state.items.removeFirst(taken.count)
            return taken
        }
    }

    /// Refuses all further items; those that wait can still be taken.
    func close() { state.withLock { $0.isClosed = true } }

    var count: Int { state.withLock { $0.items.count } }
}
