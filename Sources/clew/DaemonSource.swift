import AsyncHTTPClient
import ClewAnalysis
import ClewModel
import ClewWire
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Asks a running collector through its native API.
struct DaemonSource: TelemetrySource {
    /// An answer larger than this is refused rather than held in memory.
    static let maximumAnswerBytes = 512 << 20
    static let timeout = TimeAmount.seconds(60)

    /// An address at which nobody listens is an answer, so connecting is tried once.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(5)
        configuration.timeout.read = DaemonSource.timeout
        return HTTPClient(configuration: configuration)
    }()

    let isFile = false
    let base: String

    init(address: String) throws(Failure) {
        let withScheme = address.contains("://") ? address : "http://\(address)"
        guard let url = URL(string: withScheme), url.host() != nil, ["http", "https"].contains(url.scheme),
            (0...65535).contains(url.port ?? 0)
        else {
            throw Failure(.usage, "'\(address)' is not an address such as \(GlobalOptions.defaultAPI)")
        }
        base = withScheme.hasSuffix("/") ? String(withScheme.dropLast()) : withScheme
    }

    func trace(_ id: TraceID) async throws(Failure) -> [Span] {
        do {
            return try decode(await get("traces/\(id.hex)", [], accept: "application/x-protobuf"), OTLP.decodeTraces)
        } catch let failure where failure.code == .nothingFound {
            return []
        }
    }

    func spans(_ query: SpanQuery) async throws(Failure) -> [Span] {
        try decode(await get("spans", query.parameters, accept: "application/x-protobuf"), OTLP.decodeTraces)
    }

    func logs(_ query: LogQuery) async throws(Failure) -> [LogRecord] {
        try decode(await get("logs", query.parameters, accept: "application/x-protobuf"), OTLP.decodeLogs)
    }

    func red(_ question: REDQuestion) async throws(Failure) -> REDReport {
        var parameters = Self.parameters(question.time)
        if let service = question.service { parameters.append(("service", service)) }
        if let step = question.step { parameters.append(("step", "\(step)ns")) }
        return try await json("red", parameters)
    }

    func map(_ time: Range<UnixNanoseconds>) async throws(Failure) -> ServiceMap {
        try await json("map", Self.parameters(time))
    }

    func slow(_ question: SlowQuestion) async throws(Failure) -> [SlowReport] {
        var parameters = Self.parameters(question.time)
        if let service = question.service { parameters.append(("service", service)) }
        if let operation = question.operation { parameters.append(("operation", operation)) }
        if let baseline = question.baseline {
            parameters.append(("baseline-from", String(baseline.lowerBound)))
            parameters.append(("baseline-to", String(baseline.upperBound)))
        }
        let answer: SlowAnswer = try await json("slow", parameters)
        return answer.reports
    }

    func audit(_ question: AuditQuestion) async throws(Failure) -> AuditReport {
        try await json("audit", Self.parameters(question.time) + question.settings.parameters)
    }

    func sagas(_ time: Range<UnixNanoseconds>) async throws(Failure) -> SagaReport {
        try await json("sagas", Self.parameters(time))
    }

    func status() async throws(Failure) -> CollectorStatus {
        try await json("status", [])
    }

    static func parameters(_ time: Range<UnixNanoseconds>) -> QueryParameters {
        [("from", String(time.lowerBound)), ("to", String(time.upperBound))]
    }

    func json<Answer: Decodable>(
        _ path: String, _ parameters: QueryParameters, timeout: TimeAmount = Self.timeout
    ) async throws(Failure) -> Answer {
        try understood(await get(path, parameters, accept: "application/json", timeout: timeout), path)
    }

    func understood<Answer: Decodable>(_ body: [UInt8], _ path: String) throws(Failure) -> Answer {
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(body))
        } catch {
            throw Failure(
                .failed, "the answer of \(base) to '\(path)' is not understood; is it another version? (\(error))")
        }
    }

    private func decode<Value>(
        _ body: [UInt8], _ read: ([UInt8]) throws(WireError) -> [Value]
    ) throws(Failure) -> [Value] {
        do {
            return try read(body)
        } catch {
            throw Failure(.failed, "the answer of \(base) is not understood: \(error)")
        }
    }

    private func get(
        _ path: String, _ parameters: QueryParameters, accept: String, timeout: TimeAmount = Self.timeout
    ) async throws(Failure) -> [UInt8] {
        let (status, body) = try await send(request(path, parameters, accept: accept), timeout: timeout) { response in
            let body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            return (response.status.code, Array(body.readableBytesView))
        }
        guard status == 200 else { throw refusal(status, body, path) }
        return body
    }

    func request(_ path: String, _ parameters: QueryParameters, accept: String) -> HTTPClientRequest {
        var components = URLComponents()
        components.queryItems = parameters.map { URLQueryItem(name: $0.name, value: $0.value) }
        // URLComponents leaves '+' as it is, which a server reads as a space.
        let query = (components.percentEncodedQuery ?? "").replacing("+", with: "%2B")
        var request = HTTPClientRequest(url: "\(base)/api/v1/\(path)\(query.isEmpty ? "" : "?\(query)")")
        request.headers.add(name: "Accept", value: accept)
        return request
    }

    /// What an answer other than 200 means.
    func refusal(_ status: UInt, _ body: [UInt8], _ path: String) -> Failure {
        switch status {
        case 404: Failure(.nothingFound, message(in: body) ?? "\(base) knows no '\(path)'")
        case 400: Failure(.usage, message(in: body) ?? "\(base) refused the question")
        default: Failure(.failed, message(in: body) ?? "\(base) answered with status \(status)")
        }
    }

    /// Sends a request and has `read` read the response.
    func send<Value>(
        _ request: HTTPClientRequest, timeout: TimeAmount = Self.timeout,
        _ read: (HTTPClientResponse) async throws -> Value
    ) async throws(Failure) -> Value {
        do {
            return try await read(try await Self.client.execute(request, timeout: timeout))
        } catch let failure as Failure {
            throw failure
        } catch let error as HTTPClientError where error == .readTimeout || error == .deadlineExceeded {
            throw Failure(.failed, "\(base) did not answer within \(timeout.nanoseconds / 1_000_000_000) s")
        } catch is NIOTooManyBytesError {
            throw Failure(.failed, "the answer is larger than 512 MB; ask for less with --limit or --window")
        } catch {
            throw Failure(
                .unavailable,
                "no collector answers at \(base); start one with 'clewd', or name another with --api or CLEW_API"
            )
        }
    }

    /// The sentence in the API's error body.
    func message(in body: [UInt8]) -> String? {
        struct ErrorBody: Decodable {
            struct Content: Decodable { var message: String }
            var error: Content
        }
        return (try? JSONDecoder().decode(ErrorBody.self, from: Data(body)))?.error.message
    }
}

/// What the API answers to `slow`, and what `clew slow --json` prints.
struct SlowAnswer: Codable {
    var reports: [SlowReport]
}
