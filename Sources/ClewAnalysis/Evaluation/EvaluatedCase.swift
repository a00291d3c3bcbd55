/// What each method makes of one incident.
public struct EvaluatedCase: Hashable, Sendable, Codable {
    /// A method's answer.
    public struct Answer: Hashable, Sendable, Codable {
        public var method: EvaluationMethod
        /// Services, the most to blame first; at most ``EvaluatedCase/shownServices``.
        public var top: [String]
        /// The place of a service at fault, from 1 and after others with as high a score; `nil` where it is not blamed at
        /// all, or where nothing was wrong.
        public var rank: Int?

        public init(method: EvaluationMethod, top: [String], rank: Int?) {
            self.method = method
            self.top = top
            self.rank = rank
        }
    }

    public static let shownServices = 5

    public var name: String
    public var truth: IncidentTruth
    /// What Clew names as the cause; `nil` where it says that nothing changed beyond chance.
    public var cause: String?
    /// One for each method, in the order of ``EvaluationMethod``.
    public var answers: [Answer]

    public init(name: String, truth: IncidentTruth, cause: String?, answers: [Answer]) {
        self.name = name
        self.truth = truth
        self.cause = cause
        self.answers = answers
    }

    /// Whether there was anything to name.
    public var isFaulty: Bool { !truth.culprits.isEmpty }

    public func answer(_ method: EvaluationMethod) -> Answer? { answers.first { $0.method == method } }

    /// Whether a service at fault is among the first `count` that a method blames.
    public func isFound(by method: EvaluationMethod, among count: Int) -> Bool {
        answer(method)?.rank.map { $0 <= count } ?? false
    }
}
