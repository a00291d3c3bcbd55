import Synchronization

/// The requests whose rows are committed together: each is told the one result.
final class CommitBatch: Sendable {
    typealias Completion = @Sendable (Result<Void, StoreError>) -> Void

    private struct State {
        var waiting: [Completion] = []
        var result: Result<Void, StoreError>?
    }

    private let state = Mutex(State())

    /// Calls `completion` once, when the batch is on disk or is known not to get there; at once where that is known.
    func whenFinished(_ completion: @escaping Completion) {
        let known: Result<Void, StoreError>? = state.withLock { state in
            if state.result == nil { state.waiting.append(completion) }
            return state.result
        }
        if let known { completion(known) }
    }

    /// Tells everyone who waits, and everyone who will.
    func finish(_ result: Result<Void, StoreError>) {
        let waiting = state.withLock { state in
            guard state.result == nil else { return [] as [Completion] }
            state.result = result
            defer { state.waiting = [] }
            return state.waiting
        }
        for completion in waiting { completion(result) }
    }
}
