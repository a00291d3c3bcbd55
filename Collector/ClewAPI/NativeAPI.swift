public import ClewModel
public import ClewPipeline
public import ClewQuery
public import ClewStore
import ClewWire
import Foundation
import HTTPTypes
public import Hummingbird

/// The native query API, and what the daemon tells about itself; documented in `docs/api.md`.
public struct NativeAPI: HTTPResponder {
    let store: any TelemetryStore
    let query: QueryEngine
    let counters: CollectorCounters
    let readiness: Readiness
    let maximumResults: Int
    let now: @Sendable () -> UnixNanoseconds
    private let started = ContinuousClock.now

    /// - Parameters:
    ///   - maximumResults: Most spans or log records in one answer.
    ///   - now: The clock that windows end at; `nil` is the system's.
    public init(
        store: any TelemetryStore,
        query: QueryEngine,
        counters: CollectorCounters,
        readiness: Readiness,
        maximumResults: Int = 10_000,
        now: (@Sendable () -> UnixNanoseconds)? = nil
    ) {
        self.store = store
        self.query = query
        self.counters = counters
        self.readiness = readiness
        self.maximumResults = maximumResults
        self.now = now ?? { UnixNanoseconds(max(0, Date.now.timeIntervalSince1970) * 1e9) }
    }

    var uptime: Duration { .now - started }

    public func respond(to request: Request, context: APIContext) async throws -> Response {
        let answer: Answer
        do {
            if let lines = try explanationLines(request, context) { return lines }
            answer = try await self.answer(to: request)
        } catch {
            answer = Answer(failure: error)
        }
        var headers = answer.headers
        headers[.contentType] = answer.contentType
        let body = request.method == .head ? ResponseBody() : context.body(answer.body)
        headers[.contentLength] = String(answer.body.count)
        return Response(status: answer.status, headers: headers, body: body)
    }

    private func answer(to request: Request) async throws -> Answer {
        let path = request.uri.path.split(separator: "/").map(String.init)
        guard request.method == .get || request.method == .head else {
            guard Self.knows(path) else { throw Self.nothing(at: request.uri.path) }
            throw APIError.methodNotAllowed(request.method, allow: "GET, HEAD")
        }
        let parameters = try QueryString.parse(request.uri.query)
        let form = Answer.OTLPForm(accept: request.headers[.accept])
        switch path {
        case ["healthz"]: return .text("ok\n")
        case ["readyz"]: return ready()
        case ["metrics"]: return try await metrics()
        case ["api", "v1", "status"]: return try await status(parameters)
        case ["api", "v1", "services"]: return try await services(parameters)
        case ["api", "v1", "spans"]: return try await spans(parameters, form)
        case ["api", "v1", "logs"]: return try await logs(parameters, form)
        case ["api", "v1", "red"]: return try await red(parameters)
        case ["api", "v1", "map"]: return try await map(parameters)
        case ["api", "v1", "slow"]: return try await slow(parameters)
        case ["api", "v1", "explain"]: return try await explain(parameters)
        case ["api", "v1", "profile"]: return try await profile(parameters)
        case ["api", "v1", "audit"]: return try await audit(parameters)
        case ["api", "v1", "sagas"]: return try await sagas(parameters)
        case _ where Self.isTrace(path): return try await trace(path[3], parameters, form)
        case _ where Self.isBaseline(path): return try await traceBaseline(path[3], parameters)
        default: throw Self.nothing(at: request.uri.path)
        }
    }

    private static func isTrace(_ path: [String]) -> Bool {
        path.count == 4 && path.starts(with: ["api", "v1", "traces"])
    }

    private static func isBaseline(_ path: [String]) -> Bool {
        path.last == "baseline" && isTrace(Array(path.dropLast()))
    }

    private static let endpoints = [
        "status", "services", "spans", "logs", "red", "map", "slow", "explain", "profile", "audit", "sagas",
    ]

    private static func knows(_ path: [String]) -> Bool {
        [["healthz"], ["readyz"], ["metrics"]].contains(path) || isTrace(path) || isBaseline(path)
            || endpoints.contains { path == ["api", "v1", $0] }
    }

    private static func nothing(at path: String) -> APIError {
        let known = endpoints + ["traces/ID", "traces/ID/baseline"]
        return .notFound("there is nothing at \(path); see /api/v1/\(known.joined(separator: ", "))")
    }

    private func ready() -> Answer {
        let state = readiness.state
        return .text("\(state.rawValue)\n", status: state == .ready ? .ok : .serviceUnavailable)
    }
}
