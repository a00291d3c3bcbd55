/// What a circuit breaker does with calls.
public enum CircuitState: String, CaseIterable, Hashable, Sendable {
    /// All go through.
    case closed
    /// A few go through, to find out whether the dependency works again.
    case halfOpen = "half_open"
    /// None goes through.
    case open
}

/// The state machine of a ``CircuitBreaker``: no clock, no lock, no telemetry. Times are nanoseconds of a monotonic clock.
///
/// Source: M. Nygard, "Release It!", second edition, "Circuit Breaker".
struct CircuitBreakerState: Sendable {
    /// What a call that was let through shows when it ends.
    struct Ticket: Hashable, Sendable {
        /// Of the breaker when the call began: results of an earlier one say nothing about the present state.
        var epoch: UInt64
        /// Whose place among the probes the call holds.
        var round: UInt64 = 0
    }

    enum Outcome: CaseIterable, Hashable, Sendable {
        case succeeded
        case failed
        /// The call ended without saying anything about the dependency.
        case released
    }

    struct Change: Hashable, Sendable {
        var from: CircuitState
        var to: CircuitState
    }

    enum Admission: Hashable, Sendable {
        case admitted(Ticket, Change?)
        /// Not before so many nanoseconds, as far as is known: a probe may end sooner.
        case refused(CircuitState, retryAfter: UInt64)
    }

    private enum Phase {
        case closed
        case open(until: UInt64)
        case halfOpen(Probing)
    }

    private struct Probing {
        var succeeded = 0
        var running = 0
        /// Grows when probes that do not report lose their places.
        var round: UInt64 = 0
        var roundEnd: UInt64 = 0
    }

    private let limits: CircuitBreakerSettings.Limits
    private var phase = Phase.closed
    private var epoch: UInt64 = 0
    private var window: FailureWindow
    /// For how long the breaker opens the next time.
    private var openDuration: UInt64

    init(_ settings: CircuitBreakerSettings) {
        limits = settings.limits
        window = FailureWindow(width: limits.bucket)
        openDuration = limits.openDuration
    }

    var state: CircuitState {
        switch phase {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    /// A call wants to begin. The first one after the open time makes the breaker half-open.
    mutating func acquire(at now: UInt64) -> Admission {
        switch phase {
        case .closed: return .admitted(Ticket(epoch: epoch), nil)
        case .open(let end) where now < end: return .refused(.open, retryAfter: end - now)
        case .open:
            let change = enter(.halfOpen(Probing()))
            return admitProbe(Probing(), change, at: now)
        case .halfOpen(let probing): return admitProbe(probing, nil, at: now)
        }
    }

    /// A call ends; each ticket is reported once.
    ///
    /// - Returns: What this changed, if anything.
    mutating func report(_ outcome: Outcome, of ticket: Ticket, at now: UInt64) -> Change? {
        guard ticket.epoch == epoch else { return nil }
        switch phase {
        case .closed: return endCall(outcome, at: now)
        case .open: return nil
        case .halfOpen(let probing): return endProbe(probing, outcome, ticket, at: now)
        }
    }

    // MARK: - Half-open

    private mutating func admitProbe(_ before: Probing, _ change: Change?, at now: UInt64) -> Admission {
        var probing = before
        if probing.running >= limits.probes {
            guard now >= probing.roundEnd else { return .refused(.halfOpen, retryAfter: probing.roundEnd - now) }
            // Who hangs must not keep the breaker from closing (resilience4j issue 903).
            probing.running = 0
            probing.round &+= 1
        }
        probing.running += 1
        probing.roundEnd = now.addingSaturated(openDuration)
        phase = .halfOpen(probing)
        return .admitted(Ticket(epoch: epoch, round: probing.round), change)
    }

    private mutating func endProbe(
        _ before: Probing, _ outcome: Outcome, _ ticket: Ticket, at now: UInt64
    ) -> Change? {
        var probing = before
        if ticket.round == probing.round { probing.running = max(0, probing.running - 1) }
        switch outcome {
        case .released: break
        case .failed:
            openDuration = min(openDuration.addingSaturated(openDuration), limits.maximumOpenDuration)
            return open(at: now)
        case .succeeded:
            probing.succeeded += 1
            if probing.succeeded >= limits.probes {
                openDuration = limits.openDuration
                return enter(.closed)
            }
        }
        phase = .halfOpen(probing)
        return nil
    }

    // MARK: - Closed

    private mutating func endCall(_ outcome: Outcome, at now: UInt64) -> Change? {
        guard outcome != .released else { return nil }
        window.count(isFailure: outcome == .failed, at: now)
        let (calls, failures) = window.totals
        // A quotient and not a product: 0.07 * 100 is more than 7, but 7 / 100 is the very number that 0.07 is.
        guard calls >= limits.minimumCalls, failures > 0, Double(failures) / Double(calls) >= limits.failureRatio
        else { return nil }
        window = FailureWindow(width: limits.bucket)
        return open(at: now)
    }

    // MARK: - Changes

    private mutating func open(at now: UInt64) -> Change {
        enter(.open(until: now.addingSaturated(openDuration)))
    }

    private mutating func enter(_ next: Phase) -> Change {
        let before = state
        phase = next
        epoch &+= 1
        return Change(from: before, to: state)
    }
}

/// How many calls ended of late, and how many of them failed: a ring of buckets.
private struct FailureWindow: Sendable {
    private var buckets = [(calls: Int, failures: Int)](
        repeating: (0, 0), count: CircuitBreakerSettings.bucketCount)
    private let width: UInt64
    /// The number of the newest bucket since time 0.
    private var newest: UInt64 = 0

    init(width: UInt64) {
        self.width = width
    }

    var totals: (calls: Int, failures: Int) {
        buckets.reduce((0, 0)) { ($0.0 + $1.calls, $0.1 + $1.failures) }
    }

    mutating func count(isFailure: Bool, at now: UInt64) {
        advance(to: now / width)
        let index = Int(newest % UInt64(buckets.count))
        buckets[index].calls += 1
        if isFailure { buckets[index].failures += 1 }
    }

    /// Times of several threads may come a little out of order: an earlier one counts as the newest.
    private mutating func advance(to next: UInt64) {
        guard next > newest else { return }
        let count = UInt64(buckets.count)
        for step in 1...min(next - newest, count) { buckets[Int((newest &+ step) % count)] = (0, 0) }
        newest = next
    }
}
