import Synchronization

/// The fingerprints of the blocks that were written or asked last, in bounded memory.
final class FingerprintCache: Sendable {
    private struct State {
        var entries: [BlockAddress: Fingerprints] = [:]
        /// In the order in which they came; the first is dropped first.
        var order: [BlockAddress] = []
        var dropped = 0
        var byteCount = 0
    }

    private let maximumBytes: Int
    private let state = Mutex(State())

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    subscript(block: BlockAddress) -> Fingerprints? { state.withLock { $0.entries[block] } }

    func insert(_ fingerprints: Fingerprints, for block: BlockAddress) {
        state.withLock { state in
            guard state.entries.updateValue(fingerprints, forKey: block) == nil else { return }
            state.order.append(block)
            state.byteCount += Self.byteCount(fingerprints)
            while state.byteCount > maximumBytes, state.dropped < state.order.count {
                let oldest = state.order[state.dropped]
                state.dropped += 1
                state.byteCount -= state.entries.removeValue(forKey: oldest).map(Self.byteCount) ?? 0
            }
            if state.dropped > 1024, state.dropped * 2 > state.order.count {
                state.order.removeFirst(state.dropped)
                state.dropped = 0
            }
        }
    }

    /// With what the dictionary and the order hold of an entry.
    private static func byteCount(_ fingerprints: Fingerprints) -> Int { fingerprints.byteCount + 96 }
}
