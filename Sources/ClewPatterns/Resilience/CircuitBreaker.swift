public import Clew
import ClewModel
import CoreMetrics
import Synchronization
public import Tracing

/// Stops calling a dependency that fails, and finds out with a few calls when it works again.
///
/// ```swift
/// let breaker = CircuitBreaker(name: "payments")
/// let charge = try await breaker.run(span: span) { try await payments.charge(order) }
/// ```
///
/// Callers that wait for a dead dependency soon are as dead; one that is overloaded recovers only if it is left alone.
/// One breaker guards one dependency, for all who call it.
///
/// - It opens when a call ends and, of enough calls in the window, too large a share failed.
/// - Open, it refuses all calls. The first one after the open time makes it half-open: until then, its state stays open.
/// - Half-open, it lets a few calls at once through. It closes when as many succeeded, and opens again, for twice as long,
///   with the first that fails. A probe that does not report within that time loses its place to another.
/// - The result of a call that began before the last change of state is ignored.
///
/// *When not to use it*: for work inside the process; where each call goes to another partner, so that the failures of
/// one refuse calls to all; where calls are so rare that ``CircuitBreakerSettings/minimumCalls`` is never reached; and for
/// work that must be done some time, which belongs into a queue. It neither limits how many calls run (a bulkhead does)
/// nor how long they take: give each a timeout *inside* the breaker, as calls that are cancelled from outside do not
/// count. A retry belongs outside, and should not repeat ``PatternError/Code/circuitOpen``.
///
/// Telemetry: gauge `clew.circuit_breaker.state` (0 closed, 1 half-open, 2 open), counter `clew.pattern.refusals`, event
/// `clew.circuit_breaker.change` on the span of the call that changed the state.
///
/// Source: M. Nygard, "Release It!", second edition, "Circuit Breaker"; the window and its defaults as in Hystrix.
public final class CircuitBreaker: Sendable {
    fileprivate typealias Machine = CircuitBreakerState

    private struct Handles: Sendable {
        var state: Gauge
        var refusals: Counter
    }

    /// What it guards.
    public let name: String
    private let clock: TelemetryClock
    private let machine: Mutex<Machine>
    private let handles: MetricHandles<String, Handles>

    /// - Parameters:
    ///   - name: What it guards; one of few, as it is an attribute of metrics.
    ///   - settings: When it opens and closes.
    ///   - telemetry: Where the metrics go; by default to the global system. Its gauge begins with the first change of
    ///     state where that is not bootstrapped yet.
    ///   - clock: The time; only the monotonic one is read.
    public init(
        name: String, settings: CircuitBreakerSettings = CircuitBreakerSettings(), telemetry: Telemetry? = nil,
        clock: TelemetryClock = .system
    ) {
        self.name = name
        self.clock = clock
        machine = Mutex(Machine(settings))
        handles = MetricHandles(InstrumentationBackend(telemetry)) { name, factory in
            let dimensions = [(SemanticConventions.patternName, name)]
            let reason = (SemanticConventions.patternReason, PatternError.Code.circuitOpen.description)
            return Handles(
                state: Gauge(label: SemanticConventions.circuitBreakerState, dimensions: dimensions, factory: factory),
                refusals: Counter(
                    label: SemanticConventions.patternRefusals, dimensions: dimensions + [reason], factory: factory))
        }
        recordState()
    }

    /// What it does with calls now.
    public var state: CircuitState { machine.withLock { $0.state } }

    /// Makes a call, if the breaker lets it through.
    ///
    /// - Parameters:
    ///   - span: The span of the call, for the event of a change of state.
    ///   - isFailure: Whether an error says that the dependency does not work; by default each does. An error that does
    ///     not, such as the answer "not found", counts as a success. A refusal by a pattern inside says nothing of the
    ///     kind either.
    ///   - body: The call. Errors of a cancelled task and `CancellationError` count neither as failure nor as success.
    /// - Throws: ``PatternError`` with ``PatternError/Code/circuitOpen`` and the time until the next probe where the call
    ///   is refused; else what `body` throws.
    public func run<Value>(
        span: (any Tracing.Span)? = nil, isFailure: (any Error) -> Bool = { _ in true },
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async throws -> Value {
        let ticket = try admit(span)
        do {
            let value = try await body()
            settle(.succeeded, ticket, span)
            return value
        } catch {
            settle(Self.outcome(of: error, isFailure), ticket, span)
            throw error
        }
    }

    /// Begins a call whose end is told later, for example that of a stream.
    ///
    /// - Parameter span: The span of the call, for the event of a change of state.
    /// - Throws: As ``run(span:isFailure:isolation:_:)``.
    public func acquire(span: (any Tracing.Span)? = nil) throws -> Permit {
        Permit(self, try admit(span), span)
    }

    private static func outcome(of error: any Error, _ isFailure: (any Error) -> Bool) -> Machine.Outcome {
        // Clients have their own errors for a cancelled task.
        if error is CancellationError || Task.isCancelled { return .released }
        return isFailure(error) ? .failed : .succeeded
    }

    // MARK: - Actions of the state machine

    private func admit(_ span: (any Tracing.Span)?) throws -> Machine.Ticket {
        let now = clock.monotonic()
        switch machine.withLock({ $0.acquire(at: now) }) {
        case .admitted(let ticket, let change):
            if let change { publish(change, span) }
            return ticket
        case .refused(let state, let nanoseconds):
            handles[name].refusals.increment()
            throw refusal(state, nanoseconds)
        }
    }

    private func settle(_ outcome: Machine.Outcome, _ ticket: Machine.Ticket, _ span: (any Tracing.Span)?) {
        let now = clock.monotonic()
        if let change = machine.withLock({ $0.report(outcome, of: ticket, at: now) }) { publish(change, span) }
    }

    private func refusal(_ state: CircuitState, _ nanoseconds: UInt64) -> PatternError {
        let reason = state == .open ? "is open after failures" : "is half-open and all its probes are running"
        let advice = "answer without it, or try again in \(DurationText.format(nanoseconds))"
        return PatternError(
            .circuitOpen, "the circuit breaker '\(name)' \(reason): \(advice)",
            retryAfter: .nanoseconds(Int64(clamping: nanoseconds)))
    }

    private func publish(_ change: Machine.Change, _ span: (any Tracing.Span)?) {
        recordState()
        guard let span, span.isRecording else { return }
        var attributes: SpanAttributes = [SemanticConventions.patternName: .string(name)]
        attributes[SemanticConventions.circuitBreakerFrom] = change.from.rawValue
        attributes[SemanticConventions.circuitBreakerTo] = change.to.rawValue
        span.addEvent(Tracing.SpanEvent(name: SemanticConventions.circuitBreakerChangeEvent, attributes: attributes))
    }

    /// Two changes at once may come here in either order: whoever records last sees that it recorded the last state.
    private func recordState() {
        let gauge = handles[name].state
        var recorded: CircuitState
        repeat {
            recorded = state
            gauge.record(recorded.gaugeValue)
        } while recorded != state
    }
}

extension CircuitBreaker {
    /// A call that a breaker let through. Its first report counts; one that is dropped without any is released.
    public final class Permit: Sendable {
        private let breaker: CircuitBreaker
        private let ticket: Machine.Ticket
        private let span: (any Tracing.Span)?
        private let isSettled = Atomic<Bool>(false)

        fileprivate init(_ breaker: CircuitBreaker, _ ticket: Machine.Ticket, _ span: (any Tracing.Span)?) {
            self.breaker = breaker
            self.ticket = ticket
            self.span = span
        }

        deinit { released() }

        /// The dependency works.
        public func succeeded() { settle(.succeeded) }

        /// The dependency does not work.
        public func failed() { settle(.failed) }

        /// The call ended without saying anything about the dependency, for example because it was cancelled.
        public func released() { settle(.released) }

        private func settle(_ outcome: Machine.Outcome) {
            guard !isSettled.exchange(true, ordering: .relaxed) else { return }
            breaker.settle(outcome, ticket, span)
        }
    }
}

extension CircuitState {
    fileprivate var gaugeValue: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}
