import ClewPatterns
import HTTPTypes
import Hummingbird
import Tracing

/// What a request meets before any route of the gateway: who is it, may it call as often, is there room for it.
///
/// One for all routes, since all share the room; each kind of route says how much it matters.
struct GatewayEntry: Sendable {
    /// Several times what a demo drives, and a burst of two seconds of it.
    private static let perSecond = 500.0
    private static let burst = 1000
    /// By Little's law: 500 requests a second, of which one takes half a second where a hop is slow.
    private static let capacity = 250

    private let limiter: RateLimiter
    private let shedder: LoadShedder
    private let switches: Switches

    init(limiter: RateLimiter? = nil, shedder: LoadShedder? = nil, switches: Switches = Switches()) {
        self.switches = switches
        self.limiter = limiter ?? RateLimiter(name: "gateway", perSecond: Self.perSecond, burst: Self.burst)
        self.shedder = shedder ?? LoadShedder(name: "gateway", capacity: Self.capacity)
    }

    init(in environment: ServiceEnvironment) {
        let shedder = environment.capacity.map { LoadShedder(name: "gateway", capacity: $0) }
        self.init(shedder: shedder, switches: environment.switches)
    }

    /// - Parameters:
    ///   - priority: How much a request of these routes matters.
    ///   - time: What it may take, where it does not ask for less: the longest of all limits on its way.
    func middleware(_ priority: RequestPriority, within time: Duration) -> Middleware {
        Middleware(entry: self, priority: priority, time: time)
    }

    private func admit<Value>(_ body: () async throws -> Value) async throws -> Value {
        guard !switches.isWithout(.shedding) else { return try await body() }
        return try await shedder.run(span: RequestSpan.current, body)
    }

    /// Admits requests of one priority, and gives them their deadline.
    struct Middleware: RouterMiddleware {
        typealias Context = BasicRequestContext

        fileprivate let entry: GatewayEntry
        fileprivate let priority: RequestPriority
        fileprivate let time: Duration

        func handle(
            _ request: Request,
            context: Context,
            next: (Request, Context) async throws -> Response
        ) async throws -> Response {
            let client = try GatewayClients.client(of: request.headers)
            var current = ServiceContext.current ?? .topLevel
            current.requestPriority = priority
            let deadline = Deadline(after: time)
            current.deadline = min(current.deadline ?? deadline, deadline)
            do {
                try entry.limiter.check(client)
                return try await ServiceContext.withValue(current) {
                    try await entry.admit { try await next(request, context) }
                }
            } catch let error as PatternError {
                throw HTTPError(refusal: error)
            }
        }
    }
}
