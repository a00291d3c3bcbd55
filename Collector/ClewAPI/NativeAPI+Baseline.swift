import ClewAnalysis
import ClewModel
import ClewQuery

/// What is usual for one trace.
extension NativeAPI {
    func traceBaseline(_ text: String, _ parameters: QueryParameters) async throws -> Answer {
        let id = try Self.traceID(text)
        var rest = parameters
        let window = try rest.take("window").map { try Self.window($0) } ?? OperationBaseline.defaultWindow
        try rest.requireNone(known: "window")
        guard let baseline = try await query.baseline(of: id, window: window) else { throw Self.noTrace(id) }
        return try .json(baseline)
    }

    static func traceID(_ text: String) throws -> TraceID {
        guard let id = TraceID(hex: text), id.isValid else {
            throw APIError.badRequest("'\(text)' is not a trace id: 32 hex digits, not all zero")
        }
        return id
    }

    static func noTrace(_ id: TraceID) -> APIError {
        .notFound("no span of trace \(id) is stored; it may not have arrived yet")
    }

    private static func window(_ text: String) throws -> UInt64 {
        guard let window = DurationText.parse(text), window > 0 else {
            throw QueryParameterError(name: "window", value: text, expected: "a duration such as 3h")
        }
        return window
    }
}
