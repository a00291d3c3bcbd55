import ClewAnalysis
import ClewModel
import ClewWire
import NIOCore
import NIOHTTP1

/// How long lookups took.
struct LookupLatencies: Sendable {
    var histogram = DurationHistogram()
    var longest: UInt64 = 0

    mutating func record(_ latency: UInt64) {
        histogram.record(latency)
        longest = max(longest, latency)
    }

    mutating func merge(_ other: LookupLatencies) {
        histogram.merge(other.histogram)
        longest = max(longest, other.longest)
    }
}

/// Asks for one trace after another over one connection; on one event loop.
final class TraceLookup: HTTPLineOwner {
    /// Tries per trace, each over a new connection.
    private static let maximumTries = 3
    /// The collector's own bound on results is far below.
    private static let maximumAnswer = 64 << 20

    private let verification: TraceVerification
    private let endpoint: HTTPEndpoint
    private let loop: any EventLoop
    private let promise: EventLoopPromise<LookupLatencies>
    private var line: HTTPLine?
    private var expected: TraceVerification.Expected?
    private var tries = 0
    private var sent = NIODeadline.now()
    private var latencies = LookupLatencies()

    static func run(
        _ verification: TraceVerification, at endpoint: HTTPEndpoint, on loop: any EventLoop
    ) -> EventLoopFuture<LookupLatencies> {
        let promise = loop.makePromise(of: LookupLatencies.self)
        loop.execute { TraceLookup(verification, endpoint, loop, promise).next() }
        return promise.futureResult
    }

    private init(
        _ verification: TraceVerification, _ endpoint: HTTPEndpoint, _ loop: any EventLoop,
        _ promise: EventLoopPromise<LookupLatencies>
    ) {
        self.verification = verification
        self.endpoint = endpoint
        self.loop = loop
        self.promise = promise
        line = HTTPLine(endpoint, on: loop, owner: self, maximumBody: Self.maximumAnswer)
    }

    private func next() {
        expected = verification.next()
        tries = 0
        ask()
    }

    private func ask() {
        guard let expected else {
            line?.close()
            line = nil
            promise.succeed(latencies)
            return
        }
        tries += 1
        sent = .now()
        let path = "/api/v1/traces/\(expected.trace.hex)"
        line?.send(endpoint.head(.GET, path, [("Accept", "application/x-protobuf")]))
    }

    func lineDidConnect() {}

    func lineDidReceive(_ answer: HTTPAnswer) {
        guard let expected else { return }
        latencies.record(UInt64(max(0, (NIODeadline.now() - sent).nanoseconds)))
        switch answer.status {
        case 200:
            var counter = SpanCounter(trace: expected.trace)
            do {
                try OTLP.decodeTraces(Array(answer.body.readableBytesView), into: &counter)
            } catch {
                return fail(.failed, "the answer of \(endpoint.address) is not understood: \(error)")
            }
            verification.found(expected, distinct: counter.distinct, count: counter.ids.count)
        case 404: verification.found(expected, distinct: 0, count: 0)
        default: return fail(.failed, "\(endpoint.address) answered with status \(answer.status) to a trace's id")
        }
        next()
    }

    func lineDidFail(_ error: HTTPLineError) {
        if tries < Self.maximumTries, error != .unreachable { return ask() }
        fail(
            .unavailable,
            "--verify: the API at \(endpoint.address) does not answer (\(error.reason)); name another with --api")
    }

    private func fail(_ code: Failure.Code, _ message: String) {
        verification.fail(Failure(code, message))
        expected = nil
        ask()
    }
}

/// Counts the spans of one trace, without an object for each.
private struct SpanCounter: SpanSink {
    let trace: TraceID
    var ids: [UInt64] = []

    init(trace: TraceID) {
        self.trace = trace
    }

    var distinct: Int { Set(ids).count }

    mutating func span(_ fields: SpanFields, name: RawSpan, traceState: RawSpan, statusMessage: RawSpan) {
        if fields.traceID == trace { ids.append(fields.spanID.value) }
    }

    mutating func resource(_ message: RawSpan, schemaURL: RawSpan) {}
    mutating func scope(_ message: RawSpan, schemaURL: RawSpan) {}
    mutating func attribute(key: RawSpan, value: RawSpan) {}
    mutating func event(_ message: RawSpan) {}
    mutating func link(_ message: RawSpan) {}
    mutating func reject(_ reason: RejectionReason) {}
}
