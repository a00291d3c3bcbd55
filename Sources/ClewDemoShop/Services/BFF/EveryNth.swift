import Synchronization

/// Meets every n-th request of this process, so that a share of a few requests is not left to chance.
final class EveryNth: Sendable {
    private let n: Int
    private let count = Atomic<Int>(0)

    init(_ n: Int) {
        self.n = max(1, n)
    }

    func isNext() -> Bool {
        count.wrappingAdd(1, ordering: .relaxed).newValue % n == 0
    }
}
