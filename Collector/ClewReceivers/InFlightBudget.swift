import Synchronization

/// Bounds the bytes of all requests that are being received and stored.
final class InFlightBudget: Sendable {
    let limit: Int
    private let used = Atomic(0)

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Bytes that are reserved now.
    var inUse: Int { used.load(ordering: .relaxed) }

    /// Reserves room, or answers `false` where there is none.
    func reserve(_ bytes: Int) -> Bool {
        var current = used.load(ordering: .relaxed)
        while true {
            guard bytes <= limit - current else { return false }
            let (exchanged, original) = used.weakCompareExchange(
                expected: current, desired: current + bytes, ordering: .relaxed)
            if exchanged { return true }
            current = original
        }
    }

    func release(_ bytes: Int) {
        used.subtract(bytes, ordering: .relaxed)
    }
}
