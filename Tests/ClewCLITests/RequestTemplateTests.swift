import ClewModel
import ClewWire
import NIOCore
import Testing

@testable import clew_cli

@Suite("Requests that are encoded once and sent with new ids")
struct RequestTemplateTests {
    private static let time: UnixNanoseconds = 1_750_000_000_123_456_789

    static func decode(_ body: ByteBuffer, _ encoding: RequestEncoding) throws -> [Span] {
        let bytes = Array(body.readableBytesView)
        return try OTLP.decodeTraces(encoding == .json ? try OTLPJSON.toProtobuf(bytes, .traces) : bytes)
    }

    private static func source(
        _ workload: Workload = Workload(), batch: Int = 100, _ encoding: RequestEncoding = .protobuf,
        isCompressed: Bool = false
    ) throws -> RequestSource {
        try RequestSource(workload, batch: batch, encoding: encoding, isCompressed: isCompressed, around: time)
    }

    @Test("a stamp changes the ids and the times, and nothing else", arguments: RequestEncoding.allCases)
    func stamp(encoding: RequestEncoding) throws {
        var traces = SyntheticTraces(Workload())
        let spans = traces.spans(200, around: Self.time)
        let template = try RequestTemplate(spans, around: Self.time, encoding: encoding)
        let stamp = RequestStamp(salt: 0xFEDC_BA98_7654_3210, time: 1_999_999_999_999_999_999)
        var buffer = ByteBuffer(string: "of the request before")
        template.write(stamp, to: &buffer)
        let expected = spans.map { span in
            var span = span
            span.traceID = TraceID(high: span.traceID.high ^ stamp.salt, low: span.traceID.low ^ stamp.salt)
            span.spanID = SpanID(span.spanID.value ^ stamp.salt)
            span.parentSpanID = span.parentSpanID.map { SpanID($0.value ^ stamp.salt) }
            span.start += stamp.time - Self.time
            span.end += stamp.time - Self.time
            return span
        }
        #expect(try Self.decode(buffer, encoding) == expected)
        #expect(buffer.readableBytes == template.byteCount && template.spanCount == 200)
    }

    @Test("no two spans and no two traces of a run have one id", arguments: RequestEncoding.allCases)
    func uniqueIDs(encoding: RequestEncoding) throws {
        let source = try Self.source(Workload(), encoding)
        var (spans, traces, buffer) = (Set<SpanID>(), Set<TraceID>(), ByteBuffer())
        // Beyond the distinct requests, so that some are sent twice.
        let requests = 100
        for request in 0..<requests {
            try source.write(request, now: Self.time, to: &buffer)
            let decoded = try Self.decode(buffer, encoding)
            spans.formUnion(decoded.map(\.spanID))
            let counts = Dictionary(grouping: decoded, by: \.traceID).mapValues(\.count)
            #expect(traces.isDisjoint(with: counts.keys))
            traces.formUnion(counts.keys)
            let parts = Dictionary(uniqueKeysWithValues: source.parts(of: request).map { ($0.trace, $0.spans) })
            #expect(parts == counts)
        }
        #expect(spans.count == requests * 100)
    }

    @Test("runs with the same seed send the same traces with other ids")
    func runs() throws {
        let (first, second) = (try Self.source(), try Self.source())
        #expect(first.parts(of: 0).map(\.spans).sorted() == second.parts(of: 0).map(\.spans).sorted())
        #expect(Set(first.parts(of: 0).map(\.trace)).isDisjoint(with: second.parts(of: 0).map(\.trace)))
    }

    @Test("spans have ended when they are sent")
    func times() throws {
        let source = try Self.source()
        var buffer = ByteBuffer()
        try source.write(3, now: Self.time, to: &buffer)
        let ends = try Self.decode(buffer, .protobuf).map(\.end)
        #expect(ends.allSatisfy { $0 <= Self.time && $0 > Self.time - SyntheticTraces.reach })
    }

    @Test("a cardinality is reached and kept", arguments: RequestEncoding.allCases)
    func cardinality(encoding: RequestEncoding) throws {
        let source = try Self.source(Workload(cardinality: 12), encoding)
        var (users, buffer) = (Set<String>(), ByteBuffer())
        for request in 0..<20 {
            try source.write(request, now: Self.time, to: &buffer)
            users.formUnion(try Self.decode(buffer, encoding).compactMap { $0.attributes["user.id"]?.stringValue })
        }
        #expect(users.sorted() == (0..<12).map { $0 < 10 ? "u0\($0)" : "u\($0)" })
    }

    @Test("compressed bodies, made beforehand or not, hold the spans of their requests")
    func compressed() async throws {
        let source = try Self.source(isCompressed: true)
        #expect(try await source.prepare(5, now: Self.time) == 5)
        var buffer = ByteBuffer()
        for request in [0, 4, 4, 5, 20] {
            try source.write(request, now: Self.time, to: &buffer)
            let body = try Gzip.decompress(Array(buffer.readableBytesView), limit: 1 << 20)
            let traces = Set(try OTLP.decodeTraces(body).map(\.traceID))
            #expect(traces == Set(source.parts(of: request).map(\.trace)))
        }
    }

    @Test("no more is compressed beforehand than memory allows")
    func bounded() async throws {
        let source = try Self.source(isCompressed: true)
        let count = try await source.prepare(1_000_000, now: Self.time, limit: 100_000)
        #expect(count > 0 && count < 100)
    }
}

@Suite("Numbers as digits, eight at a time")
struct DigitsTests {
    private static func text(_ word: UInt64) -> String {
        String(decoding: (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }, as: UTF8.self)
    }

    @Test("are those that the standard library writes")
    func digits() {
        var generator = SplitMix64(seed: 1)
        let random = (0..<10_000).map { _ in generator.next() }
        for value in [0, 9, 10, 99, 100, 9_999, 10_000, 99_999_999] + random {
            let decimal = String(value % 100_000_000)
            #expect(Self.text(Digits.decimal8(value % 100_000_000)) == zeros(8 - decimal.count) + decimal)
            let hex = String(UInt32(truncatingIfNeeded: value), radix: 16)
            #expect(Self.text(Digits.hex8(UInt32(truncatingIfNeeded: value))) == zeros(8 - hex.count) + hex)
        }
    }

    private func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
}
