/// The services that a method blames, the strongest first.
public struct EvaluationRanking: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public var service: String
        /// Larger is more to blame; comparable within one ranking only.
        public var score: Double

        public init(_ service: String, _ score: Double) {
            self.service = service
            self.score = score
        }
    }

    public let entries: [Entry]

    /// - Parameter entries: In any order; what is not a number comes last.
    public init(_ entries: [Entry]) {
        let known = entries.map { Entry($0.service, $0.score.isNaN ? -.infinity : $0.score) }
        self.entries = known.sorted { ($1.score, $0.service) < ($0.score, $1.service) }
    }

    /// The place of the first of `culprits`, from 1; `nil` where none is blamed.
    ///
    /// Others with as high a score go before it: chance is no merit. Of several culprits any will do.
    public func rank(of culprits: [String]) -> Int? {
        guard let best = entries.first(where: { culprits.contains($0.service) }) else { return nil }
        return 1 + entries.count { $0.score >= best.score && !culprits.contains($0.service) }
    }
}
