public import Clew
import ClewModel
public import Tracing

/// The moment at which nobody waits for the answer any more.
///
/// It belongs to a whole request: work that begins within it has what is left, not a limit of its own, so that a callee
/// does not go on after its caller gave up. It is a moment of the monotonic clock of one process; between processes
/// travels what is left of it (``InstrumentationContext/injectDeadline(into:using:clock:)``).
///
/// Source: Beyer et al., "Site Reliability Engineering" (2016), chapter 22, "Latency and
/// Deadlines".
public struct Deadline: Hashable, Comparable, Sendable {
    /// A hundred years. Longer limits, which no clock's arithmetic has to bear, are this one.
    static let longest = Duration.seconds(100 * 365 * 86_400)

    /// A time of `TelemetryClock.monotonic`, in nanoseconds.
    public let nanoseconds: UInt64

    /// - Parameters:
    ///   - limit: From now on; zero or less is a deadline that is over, more than a hundred years are a hundred years.
    ///   - clock: The clock that ``remaining(_:)`` and `withDeadline` are given too; the system's by default.
    public init(after limit: Duration, clock: TelemetryClock = .system) {
        let now = clock.monotonic()
        let (end, overflowed) = now.addingReportingOverflow(UInt64(clamping: min(limit, Self.longest).nanoseconds))
        nanoseconds = overflowed ? .max : end
    }

    /// What is left; zero, never less, when the time is over.
    public func remaining(_ clock: TelemetryClock = .system) -> Duration {
        let now = clock.monotonic()
        return nanoseconds > now ? min(.nanoseconds(Int64(clamping: nanoseconds - now)), Self.longest) : .zero
    }

    public static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}

private enum DeadlineKey: ServiceContextKey {
    typealias Value = Deadline
    static let nameOverride: String? = "clew-deadline"
}

extension ServiceContext {
    /// When the request's time is over; `nil`, the default, where it has no end.
    ///
    /// Setting it ends nothing: `withDeadline` does, and patterns ask it before they wait.
    public var deadline: Deadline? {
        get { self[DeadlineKey.self] }
        set { self[DeadlineKey.self] = newValue }
    }

    /// This context with the earlier of its deadline and another: a callee cannot have more time than its caller.
    func limited(by deadline: Deadline) -> ServiceContext {
        var context = self
        context.deadline = min(self.deadline ?? deadline, deadline)
        return context
    }
}

/// Runs a body with a limited time, and cancels it when the time is over.
///
/// The body's `ServiceContext.current` has the earlier of the deadline that is there and now + limit, and the body is held
/// to that one. It runs in a child task, which this function waits for: a body that does not heed cancellation delays the
/// error, and never goes on behind it. A body that ends at the same moment as its time wins.
///
/// ```swift
/// let stock = try await withDeadline(.seconds(2)) { try await inventory.reserve(order) }
/// ```
///
/// Not for work that must end once it began, such as the second half of a two-step change: what is cancelled may be done
/// in part. Not as a timeout around code that blocks its thread: it cannot be cancelled.
///
/// - Parameters:
///   - limit: From now on. Of zero or less, the body is not run.
///   - clock: The clock of every deadline in this process; the system's by default.
/// - Throws: `PatternError` with the code `deadlineExceeded`, else what the body throws.
public func withDeadline<T: Sendable>(
    _ limit: Duration, clock: TelemetryClock = .system, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withDeadline(Deadline(after: limit, clock: clock), clock: clock, body)
}

/// Runs a body until a deadline, for example the one that a server read from a request, and cancels it then.
///
/// As `withDeadline(_:clock:_:)` with a limit in all else.
///
/// - Throws: `PatternError` with the code `deadlineExceeded`, else what the body throws.
public func withDeadline<T: Sendable>(
    _ deadline: Deadline, clock: TelemetryClock = .system, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    let context = (ServiceContext.current ?? .topLevel).limited(by: deadline)
    let race = DeadlineRace(end: context.deadline ?? deadline, clock: clock, body: body)
    guard race.end.remaining(clock) > .zero else { throw PatternError.deadlineExceeded }
    return try await ServiceContext.withValue(context) { try await race.run() }
}

/// A body and a timer, each a child task; the first to end cancels the other.
private struct DeadlineRace<T: Sendable>: Sendable {
    enum Finish: Sendable {
        /// Late is what a cancelled body gives after its end.
        case body(Result<T, any Error>, isLate: Bool)
        /// Not over where the timer itself was cancelled.
        case timer(isOver: Bool)
    }

    let end: Deadline
    let clock: TelemetryClock
    let body: @Sendable () async throws -> T

    func run() async throws -> T {
        try await withTaskGroup(of: Finish.self, returning: Result<T, any Error>.self) { group in
            group.addTask { await runBody() }
            group.addTask { await runTimer() }
            var isOver = false
            while let finish = await group.next() {
                switch finish {
                case .timer(let ended):
                    isOver = ended
                    if ended { group.cancelAll() }
                case .body(let result, let isLate):
                    group.cancelAll()
                    return isOver && isLate ? .failure(PatternError.deadlineExceeded) : result
                }
            }
            // The body's task always gives a result.
            return .failure(CancellationError())
        }.get()
    }

    /// A failure after the cancellation is most likely its consequence; a value that was there in time is not.
    private func runBody() async -> Finish {
        do {
            let value = try await body()
            return .body(.success(value), isLate: Task.isCancelled && clock.monotonic() > end.nanoseconds)
        } catch {
            return .body(.failure(error), isLate: Task.isCancelled)
        }
    }

    private func runTimer() async -> Finish {
        do {
            try await clock.sleep(end.remaining(clock))
            return .timer(isOver: true)
        } catch {
            return .timer(isOver: false)
        }
    }
}

extension PatternError {
    fileprivate static var deadlineExceeded: PatternError {
        PatternError(
            .deadlineExceeded,
            "the time of the request is over; give it more, or find what took it by the spans that were cancelled")
    }
}
