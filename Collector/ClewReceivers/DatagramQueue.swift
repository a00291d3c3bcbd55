import ClewModel
import ClewWire
import Synchronization

/// One OTLP message from the network that waits to be stored.
struct QueuedDatagram: Sendable {
    var signal: Signal
    var flags: UDPHeader.Flags
    /// Without the header.
    var payload: [UInt8]
}

/// Holds datagrams between the socket, which cannot wait, and the store, which can.
///
/// Bounded by bytes; a datagram that finds it full is refused. One consumer takes everything that waits at once.
final class DatagramQueue: Sendable {
    /// Memory that a queued datagram takes beside its payload: allocation and queue entry, rounded up.
    private static let overhead = 256

    private struct State {
        var waiting: [QueuedDatagram] = []
        var bytes = 0
        var isFinished = false
        var consumer: CheckedContinuation<Void, Never>?
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: Bytes.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Queues a datagram, or answers `false` where there is no room.
    func offer(_ datagram: QueuedDatagram) -> Bool {
        let size = datagram.payload.count + Self.overhead
        let (accepted, consumer) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !state.isFinished, state.bytes + size <= capacity else { return (false, nil) }
            state.waiting.append(datagram)
            state.bytes += size
            defer { state.consumer = nil }
            return (true, state.consumer)
        }
        consumer?.resume()
        return accepted
    }

    /// Takes no more; what waits can still be taken.
    func finish() {
        let consumer = state.withLock { state in
            state.isFinished = true
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume()
    }

    /// Waits for datagrams and takes all of them; `nil` once the queue is finished and empty.
    func take() async -> [QueuedDatagram]? {
        while true {
            let (taken, finished) = state.withLock { state in
                defer {
                    state.waiting = []
                    state.bytes = 0
                }
                return (state.waiting, state.isFinished)
            }
            if !taken.isEmpty { return taken }
            if finished { return nil }
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    guard state.waiting.isEmpty, !state.isFinished else { return true }
                    state.consumer = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        }
    }
}
