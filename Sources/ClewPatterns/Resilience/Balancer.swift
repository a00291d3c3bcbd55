public import Clew
import ClewModel
import CoreMetrics
import Synchronization
public import Tracing

/// Spreads calls over the instances of a service, and leaves out for a while those that fail.
///
/// ```swift
/// let balancer = Balancer(name: "inventory", endpoints: [HostAndPort(host: "10.0.0.7", port: 8080)])
/// var tried: Set<HostAndPort> = []
/// let stock = try await retry.run { _ in
///     try await balancer.run(excluding: tried, span: span) { endpoint in
///         tried.insert(endpoint)
///         return try await inventory.stock(of: item, at: endpoint)
///     }
/// }
/// ```
///
/// - Of two random endpoints it calls the one with fewer calls in flight. That is nearly as even as to look at all, and
///   clients that know nothing of each other do not all run to the same one.
/// - An endpoint whose calls fail one after another is ejected: not called, at first for 10 s, longer each time in a row. It
///   comes back by itself, and one success clears its record. What began before an ejection is ignored.
/// - Never more than a share of the endpoints is ejected: where all fail, the reason lies elsewhere. Where fewer endpoints
///   remain, and so fewer may be ejected, those nearest to their end come back at once.
/// - Where all are ejected, or too many for the rest, all are called: better a doubtful endpoint than none. A success of an
///   ejected one then brings it back.
///
/// *When not to use it*: where a proxy or a service mesh balances already; for calls that must reach a certain instance, such
/// as the one that holds a partition; and in place of a ``CircuitBreaker``: it never refuses because a service fails as a
/// whole. It does not find endpoints, nor ask for their health: discovery tells it by ``update(_:)``. One that fails at once
/// looks idle and draws calls until it is ejected, so count every error of the instance as a failure.
///
/// Telemetry: gauge `clew.balancer.healthy`, the endpoints that are not ejected, recorded when a call or an update finds
/// another number; counter `clew.pattern.refusals`; and `server.address` and `server.port` on the span of the call where
/// the endpoint is a `HostAndPort`. Others set them in `body`.
///
/// Sources: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (IEEE TPDS 12, 2001); Envoy, "Outlier
/// detection" and "Panic threshold".
public final class Balancer<Endpoint: Hashable & Sendable>: Sendable {
    private typealias State = BalancerState<Endpoint>

    private struct Handles: Sendable {
        var healthy: Gauge
        var refusals: Counter
    }

    /// What it calls.
    public let name: String
    private let clock: TelemetryClock
    private let random: @Sendable () -> Double
    private let state: Mutex<State>
    private let handles: MetricHandles<String, Handles>

    /// - Parameters:
    ///   - name: What it calls; one of few, as it is an attribute of metrics.
    ///   - endpoints: The instances, as ``update(_:)`` takes them.
    ///   - settings: When an endpoint is left out, for how long, and how many are used.
    ///   - clock: The time; only the monotonic one is read.
    ///   - telemetry: Where the metrics go; by default to the global system. Its gauge begins with the first change where
    ///     that is not bootstrapped yet.
    ///   - random: Numbers in 0..<1, for the choice; the system's by default.
    public init(
        name: String, endpoints: [Endpoint], settings: BalancerSettings = BalancerSettings(),
        clock: TelemetryClock = .system, telemetry: Telemetry? = nil,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.name = name
        self.clock = clock
        self.random = random
        state = Mutex(State(settings))
        handles = MetricHandles(InstrumentationBackend(telemetry)) { name, factory in
            let dimensions = [(SemanticConventions.patternName, name)]
            let reason = (SemanticConventions.patternReason, PatternError.Code.noEndpoint.description)
            return Handles(
                healthy: Gauge(label: SemanticConventions.balancerHealthy, dimensions: dimensions, factory: factory),
                refusals: Counter(
                    label: SemanticConventions.patternRefusals, dimensions: dimensions + [reason], factory: factory))
        }
        update(endpoints)
    }

    /// For tests: which endpoints are left out as of the last event, and what runs.
    var ejected: Set<Endpoint> { state.withLock { $0.ejected } }
    var endpoints: [Endpoint] { state.withLock { $0.endpoints } }
    func callsInFlight(_ endpoint: Endpoint) -> Int { state.withLock { $0.inFlight(endpoint) } }

    /// Replaces the endpoints. Those that stay keep their calls in flight and their health; calls of those that go run on,
    /// and say nothing of one that comes back under the same name.
    ///
    /// - Parameter endpoints: All that there are. Of equal ones the first counts, and those beyond
    ///   ``BalancerSettings/maximumEndpoints`` are left out.
    public func update(_ endpoints: [Endpoint]) {
        let now = clock.monotonic()
        state.withLock { $0.update(endpoints, at: now) }
        recordHealthy()
    }

    /// Makes a call of one endpoint.
    ///
    /// - Parameters:
    ///   - excluded: Endpoints that are called only where no other may be: those that earlier attempts have tried.
    ///   - span: The span of the call, for the address of the endpoint.
    ///   - isFailure: Whether an error says that the endpoint does not work; by default each does. An error that does not,
    ///     such as the answer "not found", counts as a success.
    ///   - body: The call. Errors of a cancelled task and `CancellationError` count neither as failure nor as success.
    /// - Throws: ``PatternError`` with ``PatternError/Code/noEndpoint`` where there is none; else what `body` throws.
    public func run<Value>(
        excluding excluded: Set<Endpoint> = [], span: (any Tracing.Span)? = nil,
        isFailure: (any Error) -> Bool = { _ in true }, isolation: isolated (any Actor)? = #isolation,
        _ body: (Endpoint) async throws -> Value
    ) async throws -> Value {
        let ticket = try acquire(excluded)
        describe(ticket.endpoint, on: span)
        do {
            let value = try await body(ticket.endpoint)
            settle(.succeeded, ticket)
            return value
        } catch {
            settle(Self.outcome(of: error, isFailure), ticket)
            throw error
        }
    }

    private static func outcome(of error: any Error, _ isFailure: (any Error) -> Bool) -> State.Outcome {
        // Clients have their own errors for a cancelled task.
        if error is CancellationError || Task.isCancelled { return .released }
        return isFailure(error) ? .failed : .succeeded
    }

    // MARK: - Actions of the state machine

    private func acquire(_ excluded: Set<Endpoint>) throws -> State.Ticket {
        let (first, second) = (random(), random())
        let ticket = change { $0.acquire(excluding: excluded, first, second, at: $1) }
        if let ticket { return ticket }
        handles[name].refusals.increment()
        throw PatternError(
            .noEndpoint,
            "the balancer '\(name)' has no endpoint: answer without it, or try again when discovery has found one")
    }

    private func settle(_ outcome: State.Outcome, _ ticket: State.Ticket) {
        change { $0.report(outcome, of: ticket, at: $1) }
    }

    /// Tells the gauge only where the number is another.
    private func change<Answer: Sendable>(_ body: (inout State, _ now: UInt64) -> Answer) -> Answer {
        let now = clock.monotonic()
        let (answer, isChanged) = state.withLock { state in
            let before = state.healthy
            let answer = body(&state, now)
            return (answer, state.healthy != before)
        }
        if isChanged { recordHealthy() }
        return answer
    }

    private func describe(_ endpoint: Endpoint, on span: (any Tracing.Span)?) {
        guard let span, span.isRecording, let server = endpoint as? HostAndPort else { return }
        span.describe {
            $0[SemanticConventions.serverAddress] = server.host
            $0[SemanticConventions.serverPort] = server.port
        }
    }

    /// Two changes at once may come here in either order: whoever records last sees that it recorded the last number.
    private func recordHealthy() {
        let gauge = handles[name].healthy
        var recorded: Int
        repeat {
            recorded = state.withLock { $0.healthy }
            gauge.record(recorded)
        } while recorded != state.withLock { $0.healthy }
    }
}
