public import ClewModel
import ClewWire
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A collector on a real port that keeps what it is sent, and misbehaves on demand.
///
/// ```swift
/// try await FakeCollector.run { collector in
///     let environment = ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint]
///     // ...
///     #expect(collector.spans.count == 3)
/// }
/// ```
public final class FakeCollector: Sendable {
    /// How requests are answered.
    public enum Behaviour: Sendable, Hashable {
        case accept
        /// With this status, and `Retry-After` where seconds are given.
        case answer(status: Int, retryAfter: Int? = nil)
        /// Not at all, until the client goes away.
        case hang
        /// With status 200 and the beginning of a body that never ends.
        case hangInBody
    }

    /// A request as it came, after decompression.
    public struct Received: Sendable {
        public var signal: Signal
        public var headers: [String: String]
        public var body: [UInt8]
    }

    private struct State {
        var requests: [Received] = []
        var behaviour: Behaviour
        var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// `http://127.0.0.1:PORT`.
    public let endpoint: String
    private let state: Mutex<State>

    private init(port: Int, behaviour: Behaviour) {
        endpoint = "http://127.0.0.1:\(port)"
        state = Mutex(State(behaviour: behaviour))
    }

    /// Every request, whatever it was answered.
    public var requests: [Received] { state.withLock(\.requests) }

    public var behaviour: Behaviour {
        get { state.withLock(\.behaviour) }
        set { state.withLock { $0.behaviour = newValue } }
    }

    /// The spans of all protobuf requests that can be decoded.
    public var spans: [ClewModel.Span] { bodies(.traces).flatMap { (try? OTLP.decodeTraces($0)) ?? [] } }

    /// The log records of all protobuf requests that can be decoded.
    public var logs: [LogRecord] { bodies(.logs).flatMap { (try? OTLP.decodeLogs($0)) ?? [] } }

    /// The metrics of all protobuf requests that can be decoded.
    public var metrics: [Metric] { bodies(.metrics).flatMap { (try? OTLP.decodeMetrics($0)) ?? [] } }

    /// Returns when at least this many requests came.
    public func received(atLeast count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                guard state.requests.count < count else { return true }
                state.arrivals.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func bodies(_ signal: Signal) -> [[UInt8]] { requests.filter { $0.signal == signal }.map(\.body) }

    private func record(_ request: Received) -> Behaviour {
        let (behaviour, ready) = state.withLock { state in
            state.requests.append(request)
            let count = state.requests.count
            let ready = state.arrivals.filter { $0.count <= count }.map(\.continuation)
            state.arrivals.removeAll { $0.count <= count }
            return (state.behaviour, ready)
        }
        ready.forEach { $0.resume() }
        return behaviour
    }
}

extension FakeCollector {
    /// Runs a collector on a free port of the loopback interface while `body` runs.
    public static func run<Result: Sendable>(
        _ behaviour: Behaviour = .accept, _ body: @escaping @Sendable (FakeCollector) async throws -> Result
    ) async throws -> Result {
        let collector = Mutex<FakeCollector?>(nil)
        return try await TestServer.run { router in
            for signal in Signal.allCases {
                router.post("v1/\(signal.rawValue)") { request, _ in
                    guard let collector = collector.withLock({ $0 }) else { return Response(status: .ok) }
                    return try await collector.respond(to: request, signal)
                }
            }
        } _: { port in
            let made = FakeCollector(port: port, behaviour: behaviour)
            collector.withLock { $0 = made }
            return try await body(made)
        }
    }

    private func respond(to request: Request, _ signal: Signal) async throws -> Response {
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        let buffer = try await request.body.collect(upTo: 64 << 20)
        var body = Array(buffer.readableBytesView)
        if headers["content-encoding"] == "gzip" { body = try Gzip.decompress(body, limit: 64 << 20) }
        switch record(Received(signal: signal, headers: headers, body: body)) {
        case .accept:
            return Response(status: .ok, headers: [.contentType: "application/x-protobuf"])
        case .answer(let status, let retryAfter):
            var fields = HTTPFields()
            fields[.retryAfter] = retryAfter.map(String.init)
            return Response(status: .init(code: status), headers: fields)
        case .hangInBody:
            return Response(
                status: .ok, headers: [.contentType: "application/x-protobuf"],
                body: ResponseBody(contentLength: 100) { writer in
                    try await writer.write(ByteBuffer(bytes: [10]))
                    try await Task.sleep(for: .seconds(3600))
                    try await writer.finish(nil)
                })
        case .hang:
            try await Task.sleep(for: .seconds(3600))
            return Response(status: .ok)
        }
    }
}
