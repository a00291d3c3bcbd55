/// Why a pattern did not let a call through, or gave up on it.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of refusal; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// A circuit breaker is open.
        public static let circuitOpen = Code("circuit_open")
        /// A bulkhead has neither a permit nor room to wait for one.
        public static let bulkheadFull = Code("bulkhead_full")
        /// A rate limiter has no token left.
        public static let rateLimited = Code("rate_limited")
        /// A load shedder kept the capacity for more important requests.
        public static let loadShed = Code("load_shed")
        /// One attempt took longer than it may.
        public static let timedOut = Code("timed_out")
        /// The time that the request has was over.
        public static let deadlineExceeded = Code("deadline_exceeded")
        /// A balancer has no endpoint to call.
        public static let noEndpoint = Code("no_endpoint")
    }

    public var code: Code
    /// What refused, where, and what to do.
    public var message: String
    /// When another attempt makes sense, where that is known.
    public var retryAfter: Duration?

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    public var description: String { "\(code): \(message)" }
}
