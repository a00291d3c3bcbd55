public import Clew
import ClewModel
import CoreMetrics
import Synchronization
public import Tracing

/// Limits how many calls of one dependency run at once, so that a slow one cannot take all of a service's tasks,
/// connections and memory with it.
///
/// ```swift
/// let bulkhead = Bulkhead(name: "payments", permits: 20)
/// let charge = try await bulkhead.run(span: span) { try await payments.charge(order) }
/// ```
///
/// A call without a permit waits in a bounded queue, first come first served, for a bounded time; then it is refused. One
/// bulkhead guards one dependency, for all who call it.
///
/// *When not to use it*: where the client has a bounded pool already, and says when it is exhausted; around work that calls
/// the same bulkhead inside, which may wait for itself; and to limit how often something is called, which is the work of a
/// ``RateLimiter``. It does not end a call that hangs: that holds its permit, so give each a timeout inside.
///
/// Telemetry: the up-down counter `clew.bulkhead.active`, the counter `clew.pattern.refusals`, and `clew.bulkhead.wait`, in
/// seconds, on the span of a call that waited.
///
/// Source: M. Nygard, "Release It!", second edition, "Bulkheads". A queue that is short, and a time in it: resilience4j,
/// "Bulkhead", `maxWaitDuration`; its default there is not to wait.
public final class Bulkhead: Sendable {
    private typealias State = BulkheadState<CheckedContinuation<BulkheadOutcome, Never>>

    struct Occupancy: Hashable, Sendable {
        var active = 0
        var waiting = 0
    }

    private struct Handles: Sendable {
        var active: Meter
        var refusals: Counter
    }

    /// What it guards.
    public let name: String
    private let maximumWait: Duration
    private let clock: TelemetryClock
    private let state: Mutex<State>
    private let handles: MetricHandles<String, Handles>

    /// - Parameters:
    ///   - name: What it guards; one of few, as it is an attribute of metrics.
    ///   - permits: How many calls run at once; default 10, at least 1. By Little's law the calls a second times the
    ///     seconds that one takes, and some room.
    ///   - queue: How many more may wait; default 10. At 0 or less none waits.
    ///   - maximumWait: How long one waits; default 1 s. At 0 or less none waits; more than a year counts as a year.
    ///   - clock: The time and the waiting; the time of day is not read.
    ///   - telemetry: Where the metrics go; by default to the global system.
    public init(
        name: String, permits: Int = 10, queue: Int = 10, maximumWait: Duration = .seconds(1),
        clock: TelemetryClock = .system, telemetry: Telemetry? = nil
    ) {
        self.name = name
        // The clocks of the system add it to an instant, which must not overflow.
        self.maximumWait = min(maximumWait, .seconds(365 * 86400))
        self.clock = clock
        state = Mutex(State(permits: permits, queue: maximumWait > .zero ? queue : 0))
        handles = MetricHandles(InstrumentationBackend(telemetry)) { name, factory in
            let dimensions = [(SemanticConventions.patternName, name)]
            let reason = (SemanticConventions.patternReason, PatternError.Code.bulkheadFull.description)
            return Handles(
                active: Meter(label: SemanticConventions.bulkheadActive, dimensions: dimensions, factory: factory),
                refusals: Counter(
                    label: SemanticConventions.patternRefusals, dimensions: dimensions + [reason], factory: factory)
            )
        }
    }

    /// How many permits are held, and how many calls wait for one.
    var occupancy: Occupancy { state.withLock { Occupancy(active: $0.active, waiting: $0.waiting) } }

    /// Makes a call as soon as it has a permit.
    ///
    /// - Parameters:
    ///   - span: The span of the call, for the time that it waited.
    ///   - body: The call. It runs also where the task was cancelled after it got the permit.
    /// - Throws: ``PatternError`` with ``PatternError/Code/bulkheadFull`` at once where the queue is full, or when the wait
    ///   is over; `CancellationError` where the task is cancelled while it waits; else what `body` throws.
    public func run<Value>(
        span: (any Tracing.Span)? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        switch state.withLock({ $0.enter() }) {
        case .admitted: break
        case .refused: throw refusal("its queue is full")
        case .waiting(let ticket): try await wait(ticket, span)
        }
        // One handle for both: after a `bootstrap()` in between another one would only be decremented.
        let active = handles[name].active
        active.increment()
        defer {
            active.decrement()
            resume(state.withLock { $0.leave() })
        }
        return try await body()
    }

    // MARK: - Actions of the state machine

    /// Returns with a permit, or throws without one.
    private func wait(_ ticket: State.Ticket, _ span: (any Tracing.Span)?) async throws {
        let start = clock.monotonic()
        // Cancelled and awaited when this function ends.
        async let _ = expire(ticket)
        let outcome = await outcome(of: ticket)
        let end = clock.monotonic()
        if let span, span.isRecording {
            span.describe { $0[SemanticConventions.bulkheadWait] = Double(end - min(start, end)) / 1e9 }
        }
        switch outcome {
        case .admitted: return
        case .expired:
            let limit = DurationText.format(UInt64(clamping: maximumWait.nanoseconds))
            throw refusal("none came back within \(limit)")
        case .cancelled: throw CancellationError()
        }
    }

    private func outcome(of ticket: State.Ticket) async -> BulkheadOutcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<BulkheadOutcome, Never>) in
                let decided = state.withLock { $0.arrive(ticket, continuation) }
                if let decided { continuation.resume(returning: decided) }
            }
        } onCancel: {
            giveUp(ticket, .cancelled)
        }
    }

    private func expire(_ ticket: State.Ticket) async {
        do { try await clock.sleep(maximumWait) } catch { return }
        giveUp(ticket, .expired)
    }

    private func giveUp(_ ticket: State.Ticket, _ reason: BulkheadOutcome) {
        resume(state.withLock { $0.giveUp(ticket, reason) })
    }

    private func resume(_ resumption: State.Resumption?) {
        guard let (waiter, outcome) = resumption else { return }
        waiter.resume(returning: outcome)
    }

    private func refusal(_ reason: String) -> PatternError {
        handles[name].refusals.increment()
        return PatternError(
            .bulkheadFull,
            "the bulkhead '\(name)' has no free permit, and \(reason): answer without it, or try again later")
    }
}
