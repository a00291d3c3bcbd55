import ClewModel
import ClewPipeline
import ClewReceivers
import ClewStore
import ClewWire
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@Suite struct OTLPHTTPReceiverTests {
    private let store = MemoryStore()
    private let protobuf: HTTPFields = [.contentType: "application/x-protobuf"]
    private let json: HTTPFields = [.contentType: "application/json"]

    private func answer(
        _ headers: HTTPFields, _ body: [UInt8] = [], at path: String = "/v1/traces",
        method: HTTPRequest.Method = .post, limits: IngestLimits = IngestLimits(), counters: CollectorCounters? = nil
    ) async throws -> TestResponse {
        let pipeline = Pipeline(store: store, counters: counters ?? CollectorCounters())
        let application = Application(responder: OTLPHTTPReceiver(pipeline: pipeline, limits: limits))
        return try await application.test(.live) { client in
            try await client.execute(uri: path, method: method, headers: headers, body: ByteBuffer(bytes: body))
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path = "/v1/traces"
        var method = HTTPRequest.Method.post
        var contentType: String? = "application/x-protobuf"
        var contentEncoding: String?
        var body: [UInt8] = []
        var status: HTTPResponse.Status
    }

    static let refusals = [
        Refusal(testDescription: "unknown path", path: "/v1/profiles", status: .notFound),
        Refusal(testDescription: "root path", path: "/", status: .notFound),
        Refusal(testDescription: "GET", method: .get, status: .methodNotAllowed),
        Refusal(testDescription: "PUT", method: .put, status: .methodNotAllowed),
        Refusal(testDescription: "no content type", contentType: nil, status: .unsupportedMediaType),
        Refusal(testDescription: "text", contentType: "text/plain", status: .unsupportedMediaType),
        Refusal(testDescription: "zstd", contentEncoding: "zstd", status: .unsupportedMediaType),
        Refusal(testDescription: "two codings", contentEncoding: "gzip, gzip", status: .unsupportedMediaType),
        Refusal(testDescription: "not gzip", contentEncoding: "gzip", body: [1, 2, 3], status: .badRequest),
        Refusal(testDescription: "not protobuf", body: [0xFF, 0xFF], status: .badRequest),
        Refusal(
            testDescription: "not JSON", contentType: "application/json", body: Array("{".utf8), status: .badRequest),
        Refusal(testDescription: "truncated logs", path: "/v1/logs", body: [0x0A, 0x7F, 1], status: .badRequest),
        Refusal(testDescription: "truncated metrics", path: "/v1/metrics", body: [0x0A, 0x7F, 1], status: .badRequest),
    ]

    @Test(
        "a request that cannot be taken is answered with the right status, and nothing is stored", arguments: refusals)
    func refusal(_ refusal: Refusal) async throws {
        var headers: HTTPFields = [:]
        headers[.contentType] = refusal.contentType
        headers[.contentEncoding] = refusal.contentEncoding
        let answer = try await answer(headers, refusal.body, at: refusal.path, method: refusal.method)
        #expect(answer.status == refusal.status)
        #expect(answer.headers[.allow] == (refusal.status == .methodNotAllowed ? "POST" : nil))
        #expect(store.spans.isEmpty && store.records.isEmpty)
    }

    @Test(
        "every form of a request stores the same spans",
        arguments: ["application/x-protobuf", "application/json", "application/json; charset=utf-8"], [false, true])
    func forms(contentType: String, gzip: Bool) async throws {
        let spans = Fixture.request(1, at: Fixture.start, database: Fixture.millisecond)
        var body = OTLP.encode(spans)
        if contentType.contains("json") { body = try OTLPJSON.fromProtobuf(body, .traces) }
        var headers: HTTPFields = [.contentType: contentType]
        if gzip {
            body = try Gzip.compress(body)
            headers[.contentEncoding] = "gzip"
        }
        let answer = try await answer(headers, body)
        #expect(answer.status == .ok)
        #expect(answer.headers[.contentType] == String(contentType.prefix { $0 != ";" }))
        #expect(store.spans == spans)
    }

    @Test("logs are stored")
    func logs() async throws {
        let records = [Fixture.record("one"), Fixture.record("two", severity: .error)]
        #expect(try await answer(protobuf, OTLP.encode(records), at: "/v1/logs").status == .ok)
        #expect(store.records == records)
    }

    @Test("metrics are acknowledged and counted as not stored")
    func metrics() async throws {
        let counters = CollectorCounters()
        let metric = Metric(name: "m", data: .gauge([NumberPoint(value: .int(1)), NumberPoint(value: .int(2))]))
        let answer = try await answer(protobuf, OTLP.encode([metric]), at: "/v1/metrics", counters: counters)
        #expect(answer.status == .ok)
        #expect(counters.snapshot.dropped == [.init(.metrics, .http, .notStored): 2])
        #expect(counters.snapshot.received[.init(.metrics, .http)] == 2)
    }

    @Test("an empty body is a valid empty request", arguments: ["/v1/traces", "/v1/logs", "/v1/metrics"])
    func empty(path: String) async throws {
        #expect(try await answer(protobuf, at: path).status == .ok)
    }

    @Test("the answer to malformed JSON says where, as JSON")
    func malformedJSON() async throws {
        let answer = try await answer(json, Array(#"{"resourceSpans": 5}"#.utf8))
        #expect(answer.status == .badRequest)
        #expect(answer.headers[.contentType] == "application/json")
        #expect(String(buffer: answer.body).contains("byte 18"))
    }

    @Test("the answer to malformed protobuf is a protobuf google.rpc.Status that says where")
    func malformedProtobuf() async throws {
        let answer = try await answer(protobuf, [0x0A, 0x02, 0x12])
        #expect(answer.headers[.contentType] == "application/x-protobuf")
        let status = try OTLPJSON.fromProtobuf(Array(answer.body.readableBytesView), .status)
        #expect(String(decoding: status, as: UTF8.self).contains("at byte"))
    }

    @Test("records that cannot be stored are named in partial_success, and the others are stored")
    func partialSuccess() async throws {
        let body = #"""
            {"resourceSpans":[{"scopeSpans":[{"spans":[
            {"traceId":"00","spanId":"0000000000000001","name":"bad","startTimeUnixNano":"1","endTimeUnixNano":"2"},
            {"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","name":"good",
             "startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}
            """#
        let answer = try await answer(json, Array(body.utf8))
        #expect(answer.status == .ok)
        let text = String(buffer: answer.body)
        #expect(text.contains("\"rejectedSpans\":\"1\""))
        #expect(text.contains(RejectionReason.invalidTraceID.rawValue))
        #expect(store.spans.map(\.name) == ["good"])
    }

    @Test("a body over the limit is 413, compressed or decompressed")
    func tooLarge() async throws {
        var limits = IngestLimits()
        limits.maximumBodyBytes = 1000
        limits.maximumDecompressedBytes = 2000
        #expect(
            try await answer(protobuf, [UInt8](repeating: 0, count: 1001), limits: limits).status == .contentTooLarge)
        let bomb = try Gzip.compress([UInt8](repeating: 0, count: 100_000))
        var headers = protobuf
        headers[.contentEncoding] = "gzip"
        #expect(try await answer(headers, bomb, limits: limits).status == .contentTooLarge)
    }

    @Test("a body that finds no room among those in flight is 429 with Retry-After")
    func inFlight() async throws {
        var limits = IngestLimits()
        limits.maximumInFlightBytes = 10
        let answer = try await answer(protobuf, [UInt8](repeating: 0, count: 11), limits: limits)
        #expect(answer.status == .tooManyRequests)
        #expect(answer.headers[.retryAfter] == "1")
    }

    @Test(
        "a store that cannot take a request makes the sender try again",
        arguments: [
            (StoreError.Code.overloaded, HTTPResponse.Status.tooManyRequests), (.diskFull, .serviceUnavailable),
            (.closed, .serviceUnavailable), (.engine, .internalServerError),
        ])
    func storeFailure(code: StoreError.Code, status: HTTPResponse.Status) async throws {
        let counters = CollectorCounters()
        store.fail(with: StoreError(code, "no"))
        let answer = try await answer(protobuf, OTLP.encode([Fixture.span(1)]), counters: counters)
        #expect(answer.status == status)
        #expect((answer.headers[.retryAfter] == nil) == (status == .internalServerError))
        #expect(counters.snapshot.refusedRequests.values.reduce(0, +) == 1)
    }

    @Test("what was received, stored and refused is counted")
    func counts() async throws {
        let counters = CollectorCounters()
        let spans = [Fixture.span(1), Fixture.span(2)]
        _ = try await answer(protobuf, OTLP.encode(spans), counters: counters)
        _ = try await answer(protobuf, [0xFF], counters: counters)
        let snapshot = counters.snapshot
        #expect(snapshot.requests == [.init(.traces, .http): 2])
        #expect(snapshot.stored == [.init(.traces, .http): 2])
        #expect(snapshot.refusedRequests == [.init(.traces, .http, .malformed): 1])
        #expect(snapshot.commitLatency.count == 1)
    }
}
