import Synchronization

/// The requests whose rows are committed together: each waits here for the one result.
final class CommitBatch: Sendable {
    private typealias Waiting = [CheckedContinuation<Result<Void, StoreError>, Never>]

    private enum State {
        case pending(Waiting)
        case finished(Result<Void, StoreError>)
    }

    private let state = Mutex(State.pending([]))

    /// Returns when the batch is on disk.
    func wait() async throws(StoreError) {
        let result = await withCheckedContinuation { continuation in
            let known: Result<Void, StoreError>? = state.withLock { state in
                switch state {
                case .pending(let waiting):
                    state = .pending(waiting + [continuation])
                    return nil
                case .finished(let result): return result
                }
            }
            if let known { continuation.resume(returning: known) }
        }
        try result.get()
    }

    /// Resumes everyone who waits, and everyone who will.
    func finish(_ result: Result<Void, StoreError>) {
        let waiting = state.withLock { state in
            guard case .pending(let waiting) = state else { return [] as Waiting }
            state = .finished(result)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: result) }
    }
}
