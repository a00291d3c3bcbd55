import ClewAnalysis
import ClewModel

extension DaemonSource {
    func profile(_ question: ProfileQuestion) async throws(Failure) -> [CallProfile] {
        var parameters = Self.parameters(question.time)
        if let service = question.service { parameters.append(("service", service)) }
        if let operation = question.operation { parameters.append(("operation", operation)) }
        if let grouping = question.grouping {
            parameters.append(("by", grouping.key))
            parameters += grouping.values.map { ("value", $0) }
        }
        let answer: ProfileAnswer = try await json("profile", parameters)
        return answer.profiles
    }
}

/// What the API answers to `profile`, and what `clew path --json` prints.
struct ProfileAnswer: Codable {
    var profiles: [CallProfile]
}
