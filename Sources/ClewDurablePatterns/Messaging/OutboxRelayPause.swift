import Clew
import Synchronization

/// The time between two passes of a relay, which a new row may end. An end that comes before the wait ends that one.
final class OutboxRelayPause: Sendable {
    private struct State {
        var isOver = false
        var sleep: Task<Void, Never>?
    }

    private let state = Mutex(State())

    func end() {
        let sleep = state.withLock { state in
            state.isOver = true
            return state.sleep
        }
        sleep?.cancel()
    }

    /// Returns when the time is over, when another task says so, or when this one is cancelled.
    func wait(_ duration: Duration, _ clock: TelemetryClock) async {
        let sleep = Task {
            do { try await clock.sleep(duration) } catch { return }
        }
        let isOver = state.withLock { state in
            state.sleep = sleep
            return state.isOver
        }
        if isOver { sleep.cancel() }
        await withTaskCancellationHandler {
            await sleep.value
        } onCancel: {
            sleep.cancel()
        }
        state.withLock { $0 = State() }
    }
}
