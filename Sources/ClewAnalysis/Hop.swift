/// One edge of a request's path: what a caller waited on.
///
/// A hop's *own time* is the time on the critical path that none of its children explains.
public struct Hop: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A service's own work: a server, consumer or internal span's own time.
        case work
        /// A call to a database.
        case database
        /// Between a client span and its server span, or a producer and its consumer: network and queueing.
        case network
        /// A call to something that sends no telemetry.
        case external
        /// Publishing to a queue.
        case messaging
    }

    public var kind: Kind
    /// The service that does the work or makes the call.
    public var service: String
    /// The callee: a service for `network`, otherwise the database, destination or peer; empty for `work`.
    public var target: String
    /// The span's name.
    public var operation: String

    public init(kind: Kind, service: String, target: String = "", operation: String) {
        self.kind = kind
        self.service = service
        self.target = target
        self.operation = operation
    }

    /// A short name without the operation: `orders`, `orders.db`, `gateway->orders`, `orders=>queue`.
    ///
    /// Two operations of one hop share it.
    public var name: String {
        switch kind {
        case .work: service
        case .database: "\(service).db"
        case .network, .external: "\(service)->\(target)"
        case .messaging: "\(service)=>\(target)"
        }
    }
}
