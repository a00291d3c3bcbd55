extension IdempotencyKeys {
    /// What a request was answered with.
    public struct Answer: Hashable, Sendable, Codable {
        /// For example a status code of HTTP.
        public var status: Int
        public var body: String

        public init(status: Int, body: String) {
            self.status = status
            self.body = body
        }
    }

    /// How a request came by its answer.
    public enum Outcome: Hashable, Sendable {
        /// By doing what it asks for.
        case executed(Answer)
        /// By an earlier request with its key.
        case replayed(Answer)

        public var answer: Answer {
            switch self {
            case .executed(let answer), .replayed(let answer): answer
            }
        }
    }

    /// What is to be done about a request.
    public enum Claim: Hashable, Sendable {
        /// Do it, and complete or abandon the token.
        case new(Token)
        /// Answer so.
        case replay(Answer)
    }

    /// The right to answer for a key.
    public struct Token: Hashable, Sendable {
        let scope: String
        let key: String
        /// Another one each time that the key is claimed: whoever was too slow finds another.
        let claim: String
    }

    /// What the span of a request says.
    enum ReportedOutcome: String {
        case executed
        case replayed
        case conflict
        case inProgress = "in_progress"

        /// `nil` for errors that say nothing about the key.
        init?(_ error: any Error) {
            switch (error as? DurableError)?.code {
            case .conflict: self = .conflict
            case .inProgress: self = .inProgress
            default: return nil
            }
        }
    }
}

extension IdempotencyKeys.Outcome {
    var reported: IdempotencyKeys.ReportedOutcome {
        switch self {
        case .executed: .executed
        case .replayed: .replayed
        }
    }
}

extension IdempotencyKeys.Claim {
    var reported: IdempotencyKeys.ReportedOutcome {
        switch self {
        case .new: .executed
        case .replay: .replayed
        }
    }
}
