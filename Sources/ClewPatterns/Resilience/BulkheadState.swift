/// The state machine of a ``Bulkhead``: who holds its permits and who waits for one, first come first served. It has no
/// clock, no lock and no telemetry.
///
/// A wait ends in one of three ways, and whichever comes here first decides; what comes later finds no such wait. A permit
/// that is given back goes straight to the first who waits, so that nobody overtakes.
///
/// Two steps begin a wait, because a cancellation may come before the task has stopped: ``enter()`` takes the place in the
/// queue, ``arrive(_:_:)`` tells whom to wake. What is decided between them is kept for the second.
struct BulkheadState<Waiter: Sendable>: Sendable {
    /// A place in the queue; later ones are greater.
    typealias Ticket = UInt64

    enum Entry: Hashable, Sendable {
        case admitted
        case refused
        case waiting(Ticket)
    }

    /// Whom to wake, outside the lock, and with what.
    typealias Resumption = (waiter: Waiter, outcome: BulkheadOutcome)

    private enum Place: Sendable {
        case arriving
        case waiting(Waiter)
        case decided(BulkheadOutcome)
    }

    private let permits: Int
    private let queue: Int
    /// Permits that are held, also by those who were admitted and have not woken yet.
    private(set) var active = 0
    /// Those in the queue: whose wait is not decided.
    private(set) var waiting = 0
    private var places: [Ticket: Place] = [:]
    /// Tickets by age from `first` on; some of them have left the queue.
    private var order: [Ticket] = []
    private var first = 0
    private var nextTicket: Ticket = 0

    /// - Parameters:
    ///   - permits: At least 1.
    ///   - queue: At least 0.
    init(permits: Int, queue: Int) {
        self.permits = max(1, permits)
        self.queue = max(0, queue)
    }

    /// Someone wants a permit. Who is to wait must ``arrive(_:_:)``; who is admitted must ``leave()``.
    mutating func enter() -> Entry {
        // While anyone waits there is no free permit: `leave` hands it on.
        if active < permits {
            active += 1
            return .admitted
        }
        guard waiting < queue else { return .refused }
        let ticket = nextTicket
        nextTicket &+= 1
        places[ticket] = .arriving
        order.append(ticket)
        waiting += 1
        return .waiting(ticket)
    }

    /// Names the one to wake.
    ///
    /// - Returns: How the wait has ended already; `nil` where the waiter is kept and woken later.
    mutating func arrive(_ ticket: Ticket, _ waiter: Waiter) -> BulkheadOutcome? {
        switch places[ticket] {
        case .arriving:
            places[ticket] = .waiting(waiter)
            return nil
        case .decided(let outcome):
            places[ticket] = nil
            return outcome
        // Nobody arrives twice; one who did would at least not wait for ever.
        case .waiting, nil: return .cancelled
        }
    }

    /// The time of a wait is over, or its task was cancelled.
    ///
    /// - Returns: Whom to wake; `nil` where that is decided already, or told on arrival.
    mutating func giveUp(_ ticket: Ticket, _ reason: BulkheadOutcome) -> Resumption? {
        let waiter = decide(ticket, reason)
        forgetDecided()
        return waiter.map { ($0, reason) }
    }

    /// A permit comes back: the first in the queue gets it.
    ///
    /// - Returns: Whom to wake; `nil` where nobody waits, or where that one has not arrived yet.
    mutating func leave() -> Resumption? {
        forgetDecided()
        guard first < order.count else {
            active = max(0, active - 1)
            return nil
        }
        let waiter = decide(order[first], .admitted)
        forgetDecided()
        return waiter.map { ($0, .admitted) }
    }

    /// The one place where a wait ends: of two that come for the same ticket the second finds it decided.
    private mutating func decide(_ ticket: Ticket, _ outcome: BulkheadOutcome) -> Waiter? {
        switch places[ticket] {
        case .arriving:
            places[ticket] = .decided(outcome)
            waiting -= 1
            return nil
        case .waiting(let waiter):
            places[ticket] = nil
            waiting -= 1
            return waiter
        case .decided, nil: return nil
        }
    }

    /// Afterwards the first of `order` is in the queue, and `order` is not much longer than the queue, also where all give
    /// up while one call hangs. Constant time on average: each ticket is dropped once, and who is moved was paid for by as
    /// many who left.
    private mutating func forgetDecided() {
        while first < order.count, !isWaiting(order[first]) { first += 1 }
        guard order.count > 2 * waiting + 16 else { return }
        order = order[first...].filter(isWaiting)
        first = 0
    }

    private func isWaiting(_ ticket: Ticket) -> Bool {
        switch places[ticket] {
        case .arriving, .waiting: true
        case .decided, nil: false
        }
    }
}

/// How a wait for a permit ends.
enum BulkheadOutcome: CaseIterable, Hashable, Sendable {
    case admitted
    case expired
    case cancelled
}
