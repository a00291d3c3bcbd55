public import Clew
import ClewModel
public import Tracing

/// The patterns around the calls of one dependency, in the one order in which they make sense.
///
/// From the outside in: **retry**, **circuit breaker**, **bulkhead**, **timeout** of one attempt. So each attempt asks the
/// breaker again and takes a permit of its own, waiting for a permit is no part of the attempt's time, and a timeout counts
/// as a failure of the dependency. The deadline of the whole call stands around all of it: `withDeadline`; so does
/// `withFallback`. A rate limiter and a load shedder belong where requests come in.
///
/// ```swift
/// let payments = CallPolicy(
///     retry: Retry(name: "payments", budget: RetryBudget()), breaker: CircuitBreaker(name: "payments"),
///     bulkhead: Bulkhead(name: "payments"), timeout: .milliseconds(500))
/// let receipt = try await payments.run(span: span) { attempt in try await client.charge(order, key: key) }
/// ```
///
/// What a pattern inside refuses says nothing of the dependency: the breaker does not count it, and it is not repeated,
/// because a repetition is more of the load that was refused.
///
/// *When not to use it*: for calls that are not idempotent leave `retry` out; around calls within the process there is
/// nothing to guard.
///
/// Source: the order is that of resilience4j and Polly, but for the bulkhead, whose refusals would count in the breaker.
public struct CallPolicy: Sendable {
    public var retry: Retry?
    public var breaker: CircuitBreaker?
    public var bulkhead: Bulkhead?
    /// The time of one attempt; none by default, which leaves the deadline alone.
    public var timeout: Duration?
    private let clock: TelemetryClock

    /// - Parameter clock: That of the timeout and of deadlines; the system's by default.
    public init(
        retry: Retry? = nil, breaker: CircuitBreaker? = nil, bulkhead: Bulkhead? = nil, timeout: Duration? = nil,
        clock: TelemetryClock = .system
    ) {
        self.retry = retry
        self.breaker = breaker
        self.bulkhead = bulkhead
        self.timeout = timeout
        self.clock = clock
    }

    /// Calls the dependency.
    ///
    /// - Parameters:
    ///   - span: The span of the call: has what is left of the deadline, and the events of the patterns.
    ///   - isFailure: Whether an error says that the dependency does not work; each does unless given. Only such errors
    ///     count in the breaker and are repeated.
    ///   - body: One attempt, given its number: 0 first, 1 for the first repetition.
    /// - Throws: ``PatternError`` where a pattern refused the last attempt or its time was over; else what `body` throws.
    public func run<Value: Sendable>(
        span: (any Tracing.Span)? = nil, isFailure: @escaping @Sendable (any Error) -> Bool = { _ in true },
        _ body: @escaping @Sendable (_ attempt: Int) async throws -> Value
    ) async throws -> Value {
        span?.recordDeadline(clock: clock)
        guard let retry else { return try await attempt(0, span, isFailure, body) }
        return try await retry.run(span: span, isRetryable: { Self.mayPass($0) && isFailure($0) }) {
            try await attempt($0, span, isFailure, body)
        }
    }

    /// What the breaker lets through.
    private func attempt<Value: Sendable>(
        _ number: Int, _ span: (any Tracing.Span)?, _ isFailure: (any Error) -> Bool,
        _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        guard let breaker else { return try await permitted(number, span, body) }
        let permit = try breaker.acquire(span: span)
        do {
            let value = try await permitted(number, span, body)
            permit.succeeded()
            return value
        } catch {
            report(error, isFailure, to: permit)
            throw error
        }
    }

    private func permitted<Value: Sendable>(
        _ number: Int, _ span: (any Tracing.Span)?, _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        guard let bulkhead else { return try await timed(number, body) }
        return try await bulkhead.run(span: span) { try await timed(number, body) }
    }

    private func timed<Value: Sendable>(
        _ number: Int, _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        guard let timeout else { return try await body(number) }
        do {
            return try await withDeadline(timeout, clock: clock) { try await body(number) }
        } catch let error as PatternError where error.code == .deadlineExceeded && hasTime {
            let limit = DurationText.format(timeout.nanoseconds.magnitude)
            throw PatternError(.timedOut, "an attempt took longer than \(limit)")
        }
    }

    /// Whether the request that the call belongs to has time left.
    private var hasTime: Bool { ServiceContext.current?.deadline.map { $0.remaining(clock) > .zero } ?? true }

    /// A call that was cancelled, refused inside or overtaken by its request's deadline says nothing of the dependency.
    private func report(_ error: any Error, _ isFailure: (any Error) -> Bool, to permit: CircuitBreaker.Permit) {
        if error is CancellationError || Task.isCancelled || !Self.mayPass(error) {
            permit.released()
        } else if isFailure(error) {
            permit.failed()
        } else {
            permit.succeeded()
        }
    }

    /// Whether another attempt may get further: what a pattern refused once, it refuses again.
    private static func mayPass(_ error: any Error) -> Bool {
        (error as? PatternError).map { $0.code == .timedOut } ?? true
    }
}
