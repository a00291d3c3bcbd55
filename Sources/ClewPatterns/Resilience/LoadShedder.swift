public import Clew
import ClewModel
import CoreMetrics
import Synchronization
public import Tracing

/// Refuses what matters less before a service is so full that it fails at everything.
///
/// ```swift
/// let shedder = LoadShedder(name: "gateway", capacity: 200)
/// let page = try await shedder.run(priority: .sheddable, span: span) { try await catalog.browse() }
/// ```
///
/// All calls in flight count together, and each priority may bring their number only to its share of the capacity. What is
/// above a share is left for what matters more: by default a sheddable request is refused from 60 % on, a normal one from
/// 80 %, a critical one only when the service is full. It never waits, because a refusal that comes at once is what it is for:
/// an HTTP service answers `503`.
///
/// *When not to use it*: for calls of one dependency, which a ``Bulkhead`` limits; to share a service fairly among clients,
/// which a ``RateLimiter`` does; and without a capacity that was measured: one that is too high sheds nothing, one that is too
/// low sheds what could be served.
///
/// Telemetry: `clew.request.priority` on the span, and the counter `clew.pattern.refusals` with the priority.
///
/// Source: B. Beyer et al., "Site Reliability Engineering", chapter 21, "Handling Overload", where a task refuses requests of
/// one criticality before it refuses any of a higher one. The shares are our own.
public final class LoadShedder: Sendable {
    /// The shares of ``RequestPriority/sheddable``, ``RequestPriority/normal`` and ``RequestPriority/critical``: 0.6, 0.8
    /// and 1.
    public static let defaultShares: [RequestPriority: Double] = [.sheddable: 0.6, .normal: 0.8, .critical: 1]

    /// What it guards.
    public let name: String
    private let limits: [(level: Int, calls: Int)]
    private let inFlight = Mutex(0)
    private let refusals: MetricHandles<RequestPriority, Counter>

    /// - Parameters:
    ///   - name: What it guards; one of few, as it is an attribute of metrics.
    ///   - capacity: How many calls may be in flight; default 100, at least 1. By Little's law the calls a second that the
    ///     service can bear times the seconds that one takes.
    ///   - shares: From 0, with which a priority is always refused, to 1; what is not a number counts as 0. A priority that
    ///     is not listed has the share of the next lower one that is, or else of the lowest. What matters more never has the
    ///     smaller share: it gets that of the lower one. With none listed, all have 1.
    ///   - telemetry: Where the metrics go; by default to the global system.
    public init(
        name: String, capacity: Int = 100, shares: [RequestPriority: Double] = LoadShedder.defaultShares,
        telemetry: Telemetry? = nil
    ) {
        self.name = name
        limits = Self.limits(max(1, capacity), shares)
        refusals = MetricHandles(InstrumentationBackend(telemetry)) { priority, factory in
            Counter(
                label: SemanticConventions.patternRefusals,
                dimensions: [
                    (SemanticConventions.patternName, name),
                    (SemanticConventions.patternReason, PatternError.Code.loadShed.description),
                    (SemanticConventions.requestPriority, priority.name),
                ],
                factory: factory)
        }
    }

    /// How many calls run.
    var callsInFlight: Int { inFlight.withLock { $0 } }

    /// Makes a call, if there is room for one that matters as much.
    ///
    /// - Parameters:
    ///   - priority: How much it matters; by default what the current context says, or else ``RequestPriority/normal``.
    ///   - span: The span of the request, for its priority.
    ///   - body: The call.
    /// - Throws: ``PatternError`` with ``PatternError/Code/loadShed`` where there is no room; else what `body` throws.
    public func run<Value>(
        priority: RequestPriority? = nil, span: (any Tracing.Span)? = nil,
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async throws -> Value {
        let priority = priority ?? ServiceContext.current?.requestPriority ?? .normal
        if let span, span.isRecording {
            span.describe { $0[SemanticConventions.requestPriority] = priority.name }
        }
        try admit(priority)
        defer { inFlight.withLock { $0 -= 1 } }
        return try await body()
    }

    private func admit(_ priority: RequestPriority) throws {
        let limit = limit(of: priority)
        let isAdmitted = inFlight.withLock { inFlight in
            guard inFlight < limit else { return false }
            inFlight += 1
            return true
        }
        guard !isAdmitted else { return }
        refusals[priority].increment()
        throw PatternError(
            .loadShed,
            "the load shedder '\(name)' keeps what is left of the capacity from requests of priority '\(priority)': "
                + "answer with less, or try again later")
    }

    // MARK: - Shares

    /// How many calls may be in flight after one of this priority has begun.
    func limit(of priority: RequestPriority) -> Int {
        (limits.last { $0.level <= priority.level } ?? limits.first)?.calls ?? 0
    }

    private static func limits(_ capacity: Int, _ shares: [RequestPriority: Double]) -> [(level: Int, calls: Int)] {
        var greatest = 0
        let limits = shares.sorted { $0.key < $1.key }.map { priority, share in
            greatest = max(greatest, calls(capacity, share))
            return (level: priority.level, calls: greatest)
        }
        return limits.isEmpty ? [(level: 0, calls: capacity)] : limits
    }

    /// To the nearest whole call, and one at least where the share is above 0: an idle service has room for anything.
    private static func calls(_ capacity: Int, _ share: Double) -> Int {
        guard share > 0 else { return 0 }
        let calls = (Double(capacity) * share).rounded()
        return calls < Double(capacity) ? max(1, Int(calls)) : capacity
    }
}
