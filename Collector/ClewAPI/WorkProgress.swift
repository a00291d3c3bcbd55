import Synchronization

/// How far some work has come, 0...1; it never goes back.
final class WorkProgress: Sendable {
    private let latest = Mutex(0.0)

    var share: Double { latest.withLock { $0 } }

    func report(_ share: Double) {
        latest.withLock { $0 = max($0, min(1, share)) }
    }
}
