import ClewModel
import ClewPipeline
import ClewStore
import ClewWire
import NIOCore
import NIOHTTP1
import Testing

@testable import ClewReceivers

@Suite struct OTLPHTTPReceiverTests {
    private let store = MemoryStore()
    private let protobuf: HTTPHeaders = ["Content-Type": "application/x-protobuf"]
    private let json: HTTPHeaders = ["Content-Type": "application/json"]

    private func answer(
        _ headers: HTTPHeaders, _ body: [UInt8] = [], at path: String = "/v1/traces", method: HTTPMethod = .POST,
        limits: IngestLimits = IngestLimits(), counters: CollectorCounters? = nil
    ) async throws -> Answer {
        try await withReceiver(store, limits, counters ?? CollectorCounters()) { port in
            try await Answer.to(method, port, path, headers, body)
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path = "/v1/traces"
        var method = HTTPMethod.POST
        var contentType: String? = "application/x-protobuf"
        var contentEncoding: String?
        var body: [UInt8] = []
        var status: HTTPResponseStatus
    }

    static let refusals = [
        Refusal(testDescription: "unknown path", path: "/v1/profiles", status: .notFound),
        Refusal(testDescription: "root path", path: "/", status: .notFound),
        Refusal(testDescription: "GET", method: .GET, status: .methodNotAllowed),
        Refusal(testDescription: "PUT", method: .PUT, status: .methodNotAllowed),
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
        var headers: HTTPHeaders = [:]
        if let type = refusal.contentType { headers.add(name: "Content-Type", value: type) }
        if let coding = refusal.contentEncoding { headers.add(name: "Content-Encoding", value: coding) }
        let answer = try await answer(headers, refusal.body, at: refusal.path, method: refusal.method)
        #expect(answer.status == refusal.status)
        #expect(answer["Allow"] == (refusal.status == .methodNotAllowed ? "POST" : nil))
        #expect(store.spans.isEmpty && store.records.isEmpty)
    }

    @Test(
        "every form of a request stores the same spans",
        arguments: ["application/x-protobuf", "application/json", "application/json; charset=utf-8"], [false, true])
    func forms(contentType: String, gzip: Bool) async throws {
        let spans = Fixture.request(1, at: Fixture.start, database: Fixture.millisecond)
        var body = OTLP.encode(spans)
        if contentType.contains("json") { body = try OTLPJSON.fromProtobuf(body, .traces) }
        var headers: HTTPHeaders = ["Content-Type": contentType]
        if gzip {
            body = try Gzip.compress(body)
            headers.add(name: "Content-Encoding", value: "gzip")
        }
        let answer = try await answer(headers, body)
        #expect(answer.status == .ok)
        #expect(answer["Content-Type"] == String(contentType.prefix { $0 != ";" }))
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
        #expect(answer["Content-Type"] == "application/json")
        #expect(answer.text.contains("byte 18"))
    }

    @Test("the answer to malformed protobuf is a protobuf google.rpc.Status that says where")
    func malformedProtobuf() async throws {
        let answer = try await answer(protobuf, [0x0A, 0x02, 0x12])
        #expect(answer["Content-Type"] == "application/x-protobuf")
        let status = try OTLPJSON.fromProtobuf(answer.body, .status)
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
        let text = answer.text
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
            try await answer(protobuf, [UInt8](repeating: 0, count: 1001), limits: limits).status == .payloadTooLarge)
        let bomb = try Gzip.compress([UInt8](repeating: 0, count: 100_000))
        var headers = protobuf
        headers.add(name: "Content-Encoding", value: "gzip")
        #expect(try await answer(headers, bomb, limits: limits).status == .payloadTooLarge)
    }

    @Test("a body that finds no room among those in flight is 429 with Retry-After")
    func inFlight() async throws {
        var limits = IngestLimits()
        limits.maximumInFlightBytes = 10
        let answer = try await answer(protobuf, [UInt8](repeating: 0, count: 11), limits: limits)
        #expect(answer.status == .tooManyRequests)
        #expect(answer["Retry-After"] == "1")
        #expect(try StatusMessage(protobuf: answer.body).retryDelay == 1)
    }

    @Test("an overloaded receiver says as JSON, too, when to try again")
    func retryInfo() async throws {
        store.fail(with: StoreError(.overloaded, "no"))
        let answer = try await answer(json, OTLPJSON.fromProtobuf(OTLP.encode([Fixture.span(1)]), .traces))
        #expect(answer.status == .tooManyRequests)
        let details = #""details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1s"}]"#
        #expect(answer.text.contains(details))
    }

    @Test(
        "a store that cannot take a request makes the sender try again",
        arguments: [
            (StoreError.Code.overloaded, HTTPResponseStatus.tooManyRequests), (.diskFull, .serviceUnavailable),
            (.closed, .serviceUnavailable), (.engine, .internalServerError),
        ])
    func storeFailure(code: StoreError.Code, status: HTTPResponseStatus) async throws {
        let counters = CollectorCounters()
        store.fail(with: StoreError(code, "no"))
        let answer = try await answer(protobuf, OTLP.encode([Fixture.span(1)]), counters: counters)
        #expect(answer.status == status)
        #expect((answer["Retry-After"] == nil) == (status == .internalServerError))
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
