/// Why a durable pattern did not do what it was asked for.
public struct DurableError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing is wrong; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// An input, or what a table holds, is not of the form that it must have.
        public static let malformed = Code("malformed")
        /// Another writer was first, or a key was used for something else.
        public static let conflict = Code("conflict")
        /// The same work is being done elsewhere.
        public static let inProgress = Code("in_progress")
        /// There is nothing of this id.
        public static let unknown = Code("unknown")
        /// The work waits for a human.
        public static let parked = Code("parked")
        /// Another owner took the work over, so that this one must not record anything of it.
        public static let lostClaim = Code("lost_claim")
    }

    public var code: Code
    /// What is wrong, where, and what to do.
    public var message: String
    /// When another attempt makes sense, where that is known.
    public var retryAfter: Duration?
    /// The error below, as text.
    public var cause: String?

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.cause = cause.map { "\($0)" }
    }

    public var description: String { "\(code): \(message)" + (cause.map { ": \($0)" } ?? "") }
}
