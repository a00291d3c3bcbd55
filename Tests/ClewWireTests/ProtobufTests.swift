import ClewModel
import ClewWire
import Testing

@Suite("OTLP protobuf")
struct ProtobufTests {
    /// A delimited field.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = content.count
        repeat {
            length.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return [number << 3 | 2] + length + content
    }

    private static let traceID = field(1, [UInt8](repeating: 0xAB, count: 16))
    private static let spanID = field(2, [UInt8](repeating: 0xCD, count: 8))

    /// A request with one span or log record of this content.
    private static func request(_ item: [UInt8]) -> [UInt8] { field(1, field(2, field(2, item))) }

    private static func collect(_ bytes: [UInt8]) throws(WireError) -> SpanCollector {
        var collector = SpanCollector()
        try OTLP.decodeTraces(unsafe bytes.span.bytes, into: &collector)
        return collector
    }

    private static func collectLogs(_ bytes: [UInt8]) throws(WireError) -> LogCollector {
        var collector = LogCollector()
        try OTLP.decodeLogs(unsafe bytes.span.bytes, into: &collector)
        return collector
    }

    @Test("a span of ids alone is a root in 1970")
    func minimal() throws {
        let span = try #require(try Self.collect(Self.request(Self.traceID + Self.spanID)).spans.first)
        #expect(span.parentSpanID == nil)
        #expect((span.start, span.end) == (0, 0))
        #expect((span.kind, span.status.code) == (.unspecified, .unset))
    }

    @Test("an empty parent id and eight zero bytes both mean none")
    func roots() throws {
        for parent in [[], [UInt8](repeating: 0, count: 8)] {
            let bytes = Self.request(Self.traceID + Self.spanID + Self.field(4, parent))
            #expect(try Self.collect(bytes).spans.first?.parentSpanID == .some(nil))
        }
    }

    @Test(
        "what is well formed but cannot be kept is rejected for a reason, and the rest is kept",
        arguments: [
            (spanID, .invalidTraceID), (field(1, []) + spanID, .invalidTraceID),
            (field(1, [UInt8](repeating: 0, count: 16)) + spanID, .invalidTraceID),
            (field(1, [UInt8](repeating: 1, count: 15)) + spanID, .invalidTraceID),
            (field(1, [UInt8](repeating: 1, count: 17)) + spanID, .invalidTraceID),
            (traceID, .invalidSpanID), (traceID + field(2, [UInt8](repeating: 0, count: 8)), .invalidSpanID),
            (traceID + field(2, [1, 2, 3]), .invalidSpanID),
            (traceID + spanID + field(4, [1, 2, 3]), .invalidParentSpanID),
            (traceID + spanID + [0x39] + [UInt8](repeating: 0xFF, count: 8), .timeOutOfRange),
            (traceID + spanID + [0x41, 0, 0, 0, 0, 0, 0, 0, 0x80], .timeOutOfRange),
        ] as [([UInt8], RejectionReason)])
    func rejected(span: [UInt8], reason: RejectionReason) throws {
        let good = Self.field(2, Self.traceID + Self.spanID)
        let bytes = Self.field(1, Self.field(2, good + Self.field(2, span + Self.field(9, [])) + good))
        let collector = try Self.collect(bytes)
        #expect(collector.rejected == [reason: 1])
        #expect(collector.spans.count == 2)
        #expect(collector.spans.allSatisfy { $0.attributes.isEmpty })
    }

    @Test("the largest time and an end before the start are kept as they came")
    func times() throws {
        let latest: [UInt8] = [0x39] + [UInt8](repeating: 0xFF, count: 7) + [0x7F]
        let span = try #require(try Self.collect(Self.request(Self.traceID + Self.spanID + latest)).spans.first)
        #expect(span.start == UInt64(Int64.max))
        #expect(span.end == 0)
    }

    @Test("a span with more attributes, events and links than the limit is rejected alone")
    func tooMany() throws {
        func span(_ count: Int) -> [UInt8] {
            let entries = (0..<count).map { Self.field([9, 11, 13][$0 % 3], []) }
            return Self.field(2, Self.traceID + Self.spanID + entries.joined())
        }
        let limit = WireLimits.default.maximumAttributes
        let collector = try Self.collect(Self.field(1, Self.field(2, span(limit + 1) + span(limit))))
        #expect(collector.rejected == [.tooManyAttributes: 1])
        #expect(collector.spans.map { $0.attributes.count + $0.events.count + $0.links.count } == [limit])
    }

    @Test("a log record's ids may be empty or zero, which means none, but not of another length")
    func logIDs() throws {
        let none = try Self.collectLogs(
            Self.request(Self.field(9, []) + Self.field(10, [UInt8](repeating: 0, count: 8))))
        #expect(none.records.map(\.traceID) == [nil])
        #expect(none.records.map(\.spanID) == [nil])
        #expect(try Self.collectLogs(Self.request(Self.field(9, [1]))).rejected == [.invalidTraceID: 1])
        #expect(try Self.collectLogs(Self.request(Self.field(10, [1]))).rejected == [.invalidSpanID: 1])
        let late: [UInt8] = [0x59] + [UInt8](repeating: 0xFF, count: 8)
        #expect(try Self.collectLogs(Self.request(late)).rejected == [.timeOutOfRange: 1])
    }

    @Test("a resource and a scope are read though they come after the spans")
    func ownersLast() throws {
        let attribute = Self.field(1, Self.field(1, Array("k".utf8)) + Self.field(2, [0x18, 5]))
        let scope =
            Self.field(2, Self.traceID + Self.spanID) + Self.field(3, Array("s".utf8))
            + Self.field(1, Self.field(1, Array("lib".utf8)))
        let bytes = Self.field(1, Self.field(2, scope) + Self.field(3, Array("r".utf8)) + Self.field(1, attribute))
        let span = try #require(try Self.collect(bytes).spans.first)
        #expect(span.resource == Resource(attributes: [Attribute("k", 5)], schemaURL: "r"))
        #expect(span.scope == InstrumentationScope(name: "lib", schemaURL: "s"))
    }

    @Test("unknown fields of every wire type are skipped, at every level")
    func unknownFields() throws {
        let unknown: [UInt8] =
            [0xF8, 0x07, 0x96, 0x01] + [0xF9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8] + [0xFA, 0x07, 2, 0xFF, 0xFF] + [
                0xFD, 0x07, 1, 2, 3, 4,
            ]
        let attribute = Self.field(9, Self.field(1, Array("k".utf8)) + unknown + Self.field(2, [0x18, 5] + unknown))
        let span = Self.field(2, Self.traceID + unknown + Self.spanID + attribute)
        let bytes = unknown + Self.field(1, unknown + Self.field(2, unknown + span) + unknown)
        #expect(try Self.collect(bytes).spans.first?.attributes == [Attribute("k", 5)])
    }

    @Test("repeated numbers are read packed and not packed")
    func packed() throws {
        let points: [[UInt8]] = [
            [0x32, 16, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
            [0x31, 1, 0, 0, 0, 0, 0, 0, 0, 0x31, 2, 0, 0, 0, 0, 0, 0, 0],
        ]
        for point in points {
            let metrics = try OTLP.decodeMetrics(Self.request(Self.field(9, Self.field(1, point))))
            #expect(
                metrics.map(\.data) == [.histogram([HistogramPoint(bucketCounts: [1, 2])], temporality: .unspecified)])
        }
    }

    @Test("the last of a repeated field counts")
    func lastWins() throws {
        let bytes = Self.request(
            Self.traceID + Self.spanID + Self.field(5, [0x61]) + Self.field(5, [0x62]) + [0x30, 2, 0x30, 3])
        let span = try #require(try Self.collect(bytes).spans.first)
        #expect(span.name == "b")
        #expect(span.kind == .client)
    }

    @Test(
        "malformed bytes are an error of the right kind at the right byte",
        arguments: [
            ([0x0A], .truncated, 1), ([0x0A, 5], .truncated, 0), ([0x0A, 0x80], .truncated, 1), ([0x80], .truncated, 0),
            ([0x00], .malformed, 0), ([0x02, 0], .malformed, 0), ([0x0B], .malformed, 0), ([0x0C], .malformed, 0),
            ([0x0E], .malformed, 0), ([0x0F], .malformed, 0), ([0x08, 1], .malformed, 0),
            ([0x09, 1, 2, 3], .truncated, 1), ([0x0D, 1, 2, 3], .truncated, 1),
            ([0x08] + [UInt8](repeating: 0xFF, count: 10), .malformed, 1),
            ([0x08] + [UInt8](repeating: 0x80, count: 9) + [2], .malformed, 1),
            ([0x80, 0x80, 0x80, 0x80, 0x80, 1, 0], .malformed, 0),
            // Forged lengths: 2^63 - 1, 2^64 - 1, and one byte more than there is.
            ([0x0A] + [UInt8](repeating: 0xFF, count: 8) + [0x7F, 0], .truncated, 0),
            ([0x0A] + [UInt8](repeating: 0xFF, count: 9) + [0x01, 0], .truncated, 0),
            ([0x0A, 1, 0x12], .truncated, 3), ([0x0A, 2, 0x12, 1, 0], .truncated, 2),
            (request(field(5, [0x61, 0xFF])), .invalidUTF8, 9), (request([0x28, 1]), .malformed, 6),
            (request(field(9, field(2, field(1, [0xC3])))), .invalidUTF8, 12),
            (request(field(9, field(2, [0x20, 1]))), .malformed, 10),
            (request(field(11, [0x08, 1])), .malformed, 8), (request(field(15, field(2, [0x80]))), .invalidUTF8, 10),
        ] as [([UInt8], WireError.Code, Int)])
    func malformed(bytes: [UInt8], code: WireError.Code, offset: Int) {
        let error = #expect(throws: WireError.self) { try OTLP.decodeTraces(bytes) }
        #expect(error?.code == code, "\(error?.description ?? "")")
        #expect(error?.offset == offset, "\(error?.description ?? "")")
    }

    @Test("values nested 10,000 deep are refused, 100 deep are read, and what is encoded can be read")
    func deep() throws {
        func nested(_ depth: Int) -> [UInt8] {
            (1..<depth).reduce(into: [UInt8]()) { value, _ in value = Self.field(5, Self.field(1, value)) }
        }
        func span(_ depth: Int) -> [UInt8] {
            Self.request(Self.traceID + Self.spanID + Self.field(9, Self.field(2, nested(depth))))
        }
        let deepest = try #require(try OTLP.decodeTraces(span(100)).first)
        #expect(OTLP.encodeValue(deepest.attributes[0].value) == nested(100))
        for depth in [101, 10_000] {
            let decoded = #expect(throws: WireError.self) { try OTLP.decodeTraces(span(depth)) }
            #expect(decoded?.code == .tooDeep)
            let transcoded = #expect(throws: WireError.self) { try OTLPJSON.fromProtobuf(span(depth), .traces) }
            #expect(transcoded?.code == .tooDeep)
            let value = nested(depth)
            let piece = #expect(throws: WireError.self) { try OTLP.decodeValue(unsafe value.span.bytes) }
            #expect(piece?.code == .tooDeep)
        }
        var value = AttributeValue.int(1)
        for _ in 0..<500 { value = .array([value]) }
        let bytes = OTLP.encodeValue(value)
        _ = try OTLP.decodeValue(unsafe bytes.span.bytes)
    }
}
