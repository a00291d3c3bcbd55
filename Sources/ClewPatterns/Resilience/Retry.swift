public import Clew
import ClewModel
import CoreMetrics
public import Tracing

/// Repeats a call that failed, after a random and growing wait, while attempts, time and budget allow it.
///
/// Only for idempotent calls: a failed call may have had its effect, and a repetition has it again. Give others an
/// idempotency key first. Repeat in one layer alone, next to what fails: three attempts in each of three layers are 27.
/// Not for errors that stay, such as a refused input or an open circuit breaker; `isRetryable` tells them apart.
///
/// ```swift
/// let retry = Retry(name: "inventory", budget: budget)
/// let stock = try await retry.run(isRetryable: { $0 is Unavailable }) { attempt in
///     try await inventory.stock(of: item, resend: attempt)
/// }
/// ```
///
/// Sources: Beyer et al., "Site Reliability Engineering" (2016), chapters 21 and 22; ``Backoff``, ``RetryBudget``.
public struct Retry: Sendable {
    /// What is called: the attribute `clew.pattern.name` of the metrics.
    public let name: String
    public let settings: RetrySettings

    private let budget: RetryBudget?
    private let clock: TelemetryClock
    private let random: @Sendable () -> Double
    private let counters: MetricHandles<Measure, Counter>

    /// - Parameters:
    ///   - name: What is called, of few different values.
    ///   - settings: Three attempts by default.
    ///   - budget: Shared by all that call the same dependency; without one, nothing bounds the repetitions of many calls.
    ///   - clock: The clock of the deadlines too; the system's by default.
    ///   - telemetry: Where the metrics go; the process's global system by default.
    ///   - random: Numbers in 0..<1, for the jitter; the system's by default.
    public init(
        name: String, _ settings: RetrySettings = RetrySettings(), budget: RetryBudget? = nil,
        clock: TelemetryClock = .system, telemetry: Telemetry? = nil,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.name = name
        self.settings = settings
        self.budget = budget
        self.clock = clock
        self.random = random
        counters = MetricHandles(InstrumentationBackend(telemetry)) { $1.counter($0, name) }
    }

    /// Runs a body until it succeeds, or until another attempt is not allowed.
    ///
    /// The wait is a random share of the backoff, added to the `PatternError.retryAfter` of the error: callers who are told
    /// the same moment do not come back together. Where it would reach the deadline of `ServiceContext.current`, the
    /// last error is thrown at once. `CancellationError` and `deadlineExceeded` are never followed by another attempt.
    ///
    /// - Parameters:
    ///   - span: Has an event `clew.retry` for each repetition, before the wait.
    ///   - isRetryable: Whether another attempt may succeed; every error unless given. Asked only where one is allowed.
    ///   - body: One attempt, given its number: 0 first, 1 for the first repetition, as `http.request.resend_count`.
    /// - Throws: The error of the last attempt as it was; `CancellationError` when cancelled during a wait.
    public func run<T>(
        span: (any Tracing.Span)? = nil, isolation: isolated (any Actor)? = #isolation,
        isRetryable: (any Error) -> Bool = { _ in true }, _ body: (_ attempt: Int) async throws -> T
    ) async throws -> T {
        budget?.deposit()
        var call = Call(settings)
        while true {
            do {
                return try await body(call.attempt)
            } catch {
                guard !Self.isFinal(error), case .wait(let delay) = next(&call, error), isRetryable(error), isPaid()
                else { throw error }
                record(call.attempt, delay, span)
                try await wait(delay)
                counters[.retries].increment()
            }
        }
    }

    /// A cancelled task cannot wait, and nobody reads what it would fetch.
    private static func isFinal(_ error: any Error) -> Bool {
        error is CancellationError || (error as? PatternError)?.code == .deadlineExceeded || Task.isCancelled
    }

    private func next(_ call: inout Call, _ error: any Error) -> Call.Action {
        call.failed(
            retryAfter: (error as? PatternError)?.retryAfter,
            remaining: ServiceContext.current?.deadline?.remaining(clock), random: random())
    }

    private func isPaid() -> Bool {
        guard let budget, !budget.withdraw() else { return true }
        counters[.refusals].increment()
        return false
    }

    private func record(_ attempt: Int, _ delay: Duration, _ span: (any Tracing.Span)?) {
        guard let span, span.isRecording else { return }
        var attributes = SpanAttributes()
        attributes[SemanticConventions.retryAttempt] = attempt
        attributes[SemanticConventions.retryDelay] = delay / .seconds(1)
        span.addEvent(Tracing.SpanEvent(name: SemanticConventions.retryEvent, attributes: attributes))
    }

    private func wait(_ delay: Duration) async throws {
        if delay > .zero { try await clock.sleep(delay) }
        try Task.checkCancellation()
    }
}

extension Retry {
    /// What one call knows of its attempts; asks no clock.
    struct Call {
        enum Action: Hashable {
            /// Another attempt after this time, and its number is in ``attempt``.
            case wait(Duration)
            case giveUp
        }

        /// The one that runs, or that follows the wait: 0 for the first.
        private(set) var attempt = 0
        private let settings: RetrySettings

        init(_ settings: RetrySettings) {
            self.settings = settings
        }

        /// - Parameters:
        ///   - retryAfter: What the error asks for.
        ///   - remaining: What is left until the deadline; `nil` where there is none.
        mutating func failed(retryAfter: Duration?, remaining: Duration?, random: Double) -> Action {
            guard attempt + 1 < settings.maximumAttempts else { return .giveUp }
            let jitter = settings.backoff.delay(beforeRetry: attempt + 1, random: random)
            let delay = settings.minimumDelay(retryAfter) + jitter
            // An attempt that begins at the deadline has no time.
            if let remaining, delay >= remaining { return .giveUp }
            attempt += 1
            return .wait(delay)
        }
    }

    fileprivate enum Measure: Hashable, Sendable {
        case retries
        case refusals
    }
}

extension MetricsFactory {
    fileprivate func counter(_ measure: Retry.Measure, _ name: String) -> Counter {
        let dimensions = [(SemanticConventions.patternName, name)]
        return switch measure {
        case .retries: Counter(label: SemanticConventions.retries, dimensions: dimensions, factory: self)
        case .refusals:
            Counter(
                label: SemanticConventions.patternRefusals,
                dimensions: dimensions + [(SemanticConventions.patternReason, "retry_budget")], factory: self)
        }
    }
}
