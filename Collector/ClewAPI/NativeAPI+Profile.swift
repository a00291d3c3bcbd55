import ClewAnalysis
import ClewModel
import ClewQuery

/// Routes as trees of hops.
extension NativeAPI {
    func profile(_ parameters: QueryParameters) async throws -> Answer {
        struct Profiles: Encodable, Sendable {
            var profiles: [CallProfile]
        }
        var rest = parameters
        let window = try TimeWindow(taking: &rest, now: now())
        let question = ProfileQuestion(
            window: window.range, service: try rest.take("service"), operation: try rest.take("operation"),
            grouping: try Self.grouping(taking: &rest))
        try rest.requireNone(known: "from", "to", "window", "service", "operation", "by", "value")
        let result = try await query.profile(question)
        return try .json(SampledAnswer(Sampled(Profiles(profiles: result.value), result.sampling)))
    }

    /// Takes `by`, an attribute, and the values of it that are told apart.
    private static func grouping(taking parameters: inout QueryParameters) throws -> TraceGrouping? {
        let values = parameters.filter { $0.name == "value" }.map(\.value)
        parameters.removeAll { $0.name == "value" }
        guard let key = try parameters.take("by") else {
            guard values.isEmpty else { throw APIError.badRequest("value needs by, the attribute whose value it is") }
            return nil
        }
        guard !key.isEmpty else {
            throw QueryParameterError(name: "by", value: key, expected: "an attribute such as service.version")
        }
        guard values.count <= TraceGrouping.maximumValues else {
            throw APIError.badRequest("value is given more than \(TraceGrouping.maximumValues) times")
        }
        return TraceGrouping(by: key, values: values)
    }
}
