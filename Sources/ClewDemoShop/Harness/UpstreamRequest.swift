import Clew
import ClewPatterns
import NIOCore
import NIOHTTP1
import Synchronization
import Tracing

/// One call of a callee with all its attempts.
struct UpstreamRequest: Sendable {
    static let idempotencyKey = "Idempotency-Key"

    /// The instances that earlier attempts asked.
    final class Tried: Sendable {
        private let state = Mutex<Set<HostAndPort>>([])

        var instances: Set<HostAndPort> { state.withLock(\.self) }

        func insert(_ instance: HostAndPort) {
            state.withLock { _ = $0.insert(instance) }
        }
    }

    let method: HTTPMethod
    let path: String
    var body: ByteBuffer?
    let idempotencyKey: String?
    let priority: RequestPriority?
    /// Of the request that the call belongs to; attempts have shorter ones.
    let deadline: Deadline?
    let tried = Tried()

    /// - Parameter priority: That of the current request unless given.
    init(method: HTTPMethod, path: String, idempotencyKey: String? = nil, priority: RequestPriority? = nil) {
        self.method = method
        self.path = path
        self.idempotencyKey = idempotencyKey
        let context = ServiceContext.current
        self.priority = priority ?? context?.requestPriority
        deadline = context?.deadline
    }

    /// Whether it may be sent twice.
    var isIdempotent: Bool { method == .GET || idempotencyKey != nil }

    var headers: HTTPHeaders {
        var headers = HTTPHeaders()
        if body != nil { headers.add(name: "content-type", value: "application/json") }
        if let idempotencyKey { headers.add(name: Self.idempotencyKey, value: idempotencyKey) }
        if let priority { headers.add(name: RequestPriority.header, value: priority.name) }
        return headers
    }
}

extension RequestPriority {
    /// The header that carries it between the services of the shop.
    static let header = "X-Request-Priority"

    /// The priority that a header names; `nil` for one that there is not.
    init?(header value: String) {
        guard let known = [Self.sheddable, .normal, .critical].first(where: { $0.name == value }) else { return nil }
        self = known
    }
}
