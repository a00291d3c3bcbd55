/// What a collector says of itself: the body of `/api/v1/status`.
public struct CollectorStatus: Hashable, Sendable, Codable {
    public var version: String
    public var uptimeSeconds: Double
    /// `starting`, `ready` or `stopping`.
    public var state: String
    public var store: StoreStatus
    public var receivers: Receivers

    public init(version: String, uptimeSeconds: Double, state: String, store: StoreStatus, receivers: Receivers) {
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.state = state
        self.store = store
        self.receivers = receivers
    }

    /// The receivers' counters since the start.
    public struct Receivers: Hashable, Sendable, Codable {
        /// Whole requests and datagrams, and those of which nothing was kept.
        public var requests: [Count] = []
        public var refusedRequests: [Count] = []
        /// Spans, log records and metric points that were decoded, and what became of them.
        public var received: [Count] = []
        public var stored: [Count] = []
        public var refused: [Count] = []
        public var dropped: [Count] = []
        public var datagrams = Datagrams()

        public init() {}
    }

    /// A counter with its labels.
    public struct Count: Hashable, Sendable, Codable {
        public var signal: String
        public var transport: String
        public var reason: String?
        public var count: Int

        public init(signal: String, transport: String, reason: String? = nil, count: Int) {
            self.signal = signal
            self.transport = transport
            self.reason = reason
            self.count = count
        }
    }

    /// What the numbers of datagrams tell of their loss.
    public struct Datagrams: Hashable, Sendable, Codable {
        public var lost = 0
        public var late = 0
        /// The sources that lost most, at most 100.
        public var sources: [Source] = []

        public init() {}

        public struct Source: Hashable, Sendable, Codable {
            /// 16 hexadecimal digits.
            public var id: String
            public var received: Int
            public var lost: Int
            public var late: Int

            public init(id: String, received: Int, lost: Int, late: Int) {
                self.id = id
                self.received = received
                self.lost = lost
                self.late = late
            }
        }
    }
}
