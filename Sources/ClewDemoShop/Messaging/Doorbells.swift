import Foundation
import Synchronization

/// Tells those who wait for messages of a queue that it is worth another look.
final class Doorbells: Sendable {
    private let listeners = Mutex<[String: [UUID: AsyncStream<Void>.Continuation]]>([:])

    /// Rings once for each reason that there is from now on, several at once as one; it is dropped to stop listening.
    func listen(at queue: String) -> AsyncStream<Void> {
        let id = UUID()
        let (rings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { [weak self] _ in self?.remove(id, at: queue) }
        listeners.withLock { $0[queue, default: [:]][id] = continuation }
        return rings
    }

    func ring(at queues: some Sequence<String>) {
        let woken = listeners.withLock { listeners in queues.flatMap { (listeners[$0] ?? [:]).values } }
        for listener in woken { listener.yield() }
    }

    private func remove(_ id: UUID, at queue: String) {
        listeners.withLock { listeners in
            listeners[queue]?[id] = nil
            if listeners[queue]?.isEmpty ?? false { listeners[queue] = nil }
        }
    }
}
