import ClewAnalysis
import ClewModel
import ClewQuery
import HTTPTypes
import Hummingbird

/// What changed and who is to blame: as one document, or in lines that tell of the progress first.
extension NativeAPI {
    private static let lines = "application/x-ndjson"

    func explain(_ parameters: QueryParameters) async throws -> Answer {
        try .json(await query.explain(explainQuestion(parameters)))
    }

    /// The answer in lines, where the client asks for those; `nil` otherwise.
    func explanationLines(_ request: Request, _ context: APIContext) throws -> Response? {
        guard request.method == .get, request.uri.path == "/api/v1/explain",
            request.headers[.accept]?.lowercased().contains(Self.lines) == true
        else { return nil }
        let question = try explainQuestion(QueryString.parse(request.uri.query))
        let query = query
        let body = context.body { progress in
            do {
                let explanation = try await query.explain(question) { progress.report($0) }
                return try Answer.json(explanation).body
            } catch {
                return Answer(failure: error).body
            }
        }
        return Response(status: .ok, headers: [.contentType: Self.lines], body: body)
    }

    private func explainQuestion(_ parameters: QueryParameters) throws -> ExplainQuestion {
        var rest = parameters
        let window = try TimeWindow(taking: &rest, now: now())
        let question = ExplainQuestion(
            window: window.range, baseline: try Self.baseline(taking: &rest, before: window),
            service: try rest.take("service"), operation: try rest.take("operation"),
            usesLogs: try rest.take("logs").map { try Self.flag("logs", $0) } ?? true,
            limit: try rest.take("limit").map { try Self.limit($0) } ?? Explanation.maximumSuspects)
        try rest.requireNone(
            known: "from", "to", "window", "service", "operation", "baseline-from", "baseline-to", "baseline-window",
            "logs", "limit")
        return question
    }

    private static func flag(_ name: String, _ value: String) throws -> Bool {
        switch value {
        case "1", "true": return true
        case "0", "false": return false
        default: throw QueryParameterError(name: name, value: value, expected: "0 or 1")
        }
    }
}
