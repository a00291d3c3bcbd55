/// Which services call which, and which databases, queues and peers they use.
public struct ServiceMap: Hashable, Sendable, Codable {
    public enum NodeKind: String, Hashable, Sendable, Codable, CaseIterable {
        case service
        case database
        case queue
        /// An address that is called and sends no telemetry.
        case peer
    }

    public struct Node: Hashable, Sendable, Codable {
        public var name: String
        public var kind: NodeKind
        /// Entry spans of a service; calls to anything else.
        public var calls: Int
        public var errors: Int
        public var durations: Quantiles

        public init(name: String, kind: NodeKind, calls: Int, errors: Int, durations: Quantiles) {
            self.name = name
            self.kind = kind
            self.calls = calls
            self.errors = errors
            self.durations = durations
        }
    }

    public struct Edge: Hashable, Sendable, Codable {
        /// Names of nodes.
        public var from: String
        public var to: String
        public var calls: Int
        public var errors: Int
        /// Durations as the caller saw them.
        public var durations: Quantiles

        public init(from: String, to: String, calls: Int, errors: Int, durations: Quantiles) {
            self.from = from
            self.to = to
            self.calls = calls
            self.errors = errors
            self.durations = durations
        }
    }

    /// By name.
    public var nodes: [Node]
    /// By caller, then callee.
    public var edges: [Edge]

    public init(nodes: [Node] = [], edges: [Edge] = []) {
        self.nodes = nodes
        self.edges = edges
    }
}
