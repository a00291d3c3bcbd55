import Synchronization

/// Handles by what they were asked for with, exactly as it came, so that asking again costs one hash: neither sorting nor
/// allocation. Bounded, because the same attributes may come in any order.
final class HandleCache<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var handles: [Key: any MetricHandle] = [:]
        /// How often the cache was emptied.
        var generation = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The handle that is known, else the one that is made.
    ///
    /// - Parameter canKeep: Whether the key, asked for again, would be found.
    func handle(
        for key: Key, canKeep: @autoclosure () -> Bool = true, make: () -> any MetricHandle
    ) -> any MetricHandle {
        let (known, generation) = state.withLock { ($0.handles[key], $0.generation) }
        if let known { return known }
        let made = make()
        guard canKeep() else { return made }
        state.withLock { state in
            // Emptied meanwhile, because a stream was removed: it may be the one that was found for this handle.
            guard state.generation == generation, state.handles.count < capacity else { return }
            state.handles[key] = made
        }
        return made
    }

    /// Forgets all handles, also those that are being made.
    func removeAll() {
        state.withLock { state in
            state.handles = [:]
            state.generation += 1
        }
    }
}
