import Synchronization

/// Bounds the bytes of all requests that are being received and stored.
final class InFlightBudget: Sendable {
    let limit: Int
    private let used = Mutex(0)

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Bytes that are reserved now.
    var inUse: Int { used.withLock { $0 } }

    /// Reserves room, or answers `false` where there is none.
    func reserve(_ bytes: Int) -> Bool {
        used.withLock {
            guard bytes <= limit - $0 else { return false }
            $0 += bytes
            return true
        }
    }

    func release(_ bytes: Int) {
        used.withLock { $0 -= bytes }
    }
}

/// What one request has reserved; everything is given back when it ends.
struct Reservation: ~Copyable {
    private let budget: InFlightBudget
    private var bytes = 0

    init(_ budget: InFlightBudget) {
        self.budget = budget
    }

    mutating func grow(by more: Int) -> Bool {
        guard budget.reserve(more) else { return false }
        bytes += more
        return true
    }

    deinit {
        budget.release(bytes)
    }
}
