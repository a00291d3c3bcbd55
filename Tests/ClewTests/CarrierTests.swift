import Clew
import ClewHummingbird
import ClewModel
import FoundationEssentials
import HTTPTypes
import NIOHTTP1
import Testing
import Tracing

@Suite("Carriers of context")
struct CarrierTests {
    static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// Runs with a tracer of its own, and a context to carry.
    func carrying(_ body: (ServiceContext) throws -> Void) throws {
        var context = ServiceContext.topLevel
        context.spanContext = SpanContext(
            traceID: TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c),
            spanID: SpanID(0xb7ad_6b71_6920_3331), flags: 1, traceState: #"a=1,b=\2"#, isRemote: true)
        context.baggage.set(.init(key: "user", value: "Ä 7", metadata: "ttl=1"))
        context.correlationID = "order-7"
        let tracer = try TestTelemetry().telemetry.tracer
        try withTracer(tracer) { try body(context) }
    }

    func expectEqual(_ left: ServiceContext, _ right: ServiceContext) {
        #expect(left.spanContext == right.spanContext)
        #expect(left.baggage == right.baggage)
        #expect(left.correlationID == right.correlationID)
    }

    @Test("pairs keep their order and foreign headers, and are replaced whatever their case")
    func pairs() throws {
        try carrying { context in
            var headers = [("a", "1"), ("TraceParent", "old"), ("b", "2"), ("traceparent", "older")]
            context.inject(into: &headers, using: .pairs)
            #expect(headers.map(\.0) == ["a", "b", "traceparent", "tracestate", "baggage", "X-Correlation-ID"])
            expectEqual(ServiceContext.topLevel.extracting(headers, using: .pairs), context)
        }
    }

    @Test("a header that is there several times is a list; traceparent is none")
    func repeated() throws {
        try carrying { _ in
            let one = [("traceparent", Self.parent), ("TRACESTATE", "a=1"), ("tracestate", "b=2"), ("baggage", "x=1")]
            let context = ServiceContext.topLevel.extracting(one + [("Baggage", "y=2")], using: .pairs)
            #expect(context.spanContext?.traceState == "a=1,b=2")
            #expect(context.baggage.entries.map(\.key) == ["x", "y"])
            let two = ServiceContext.topLevel.extracting(one + [("traceparent", Self.parent)], using: .pairs)
            #expect(two.spanContext == nil)
        }
    }

    @Test("a dictionary is read and replaced whatever the case of its keys")
    func dictionary() throws {
        try carrying { context in
            var headers = ["a": "1", "TraceParent": "old", "BAGGAGE": "old=1"]
            context.inject(into: &headers, using: .dictionary)
            #expect(headers.keys.sorted() == ["X-Correlation-ID", "a", "baggage", "traceparent", "tracestate"])
            expectEqual(ServiceContext.topLevel.extracting(headers, using: .dictionary), context)
            var capitals: [String: String] = [:]
            for (key, value) in headers { capitals[key.uppercased()] = value }
            expectEqual(ServiceContext.topLevel.extracting(capitals, using: .dictionary), context)
            capitals["traceParent"] = Self.parent
            #expect(ServiceContext.topLevel.extracting(capitals, using: .dictionary).spanContext == nil)
        }
    }

    @Test("HTTP headers of SwiftNIO are read as lists, and replaced whatever their case")
    func httpHeaders() throws {
        try carrying { context in
            var headers: HTTPHeaders = ["Accept": "1", "TraceParent": "old", "Vary": "2", "traceparent": "older"]
            context.inject(into: &headers, using: .httpHeaders)
            #expect(
                headers.map(\.name) == ["Accept", "Vary", "traceparent", "tracestate", "baggage", "X-Correlation-ID"])
            expectEqual(ServiceContext.topLevel.extracting(headers, using: .httpHeaders), context)
            let lines: HTTPHeaders = ["TRACEPARENT": Self.parent, "TraceState": "a=1", "tracestate": "b=2"]
            let read = ServiceContext.topLevel.extracting(lines, using: .httpHeaders)
            #expect(read.spanContext?.traceState == "a=1,b=2")
        }
    }

    @Test("HTTP headers of Swift HTTP Types are read as lists, and replaced whatever their case")
    func httpFields() throws {
        let parent = try #require(HTTPField.Name("TraceParent"))
        let state = try #require(HTTPField.Name("TraceState"))
        try carrying { context in
            var fields: HTTPFields = [.accept: "1", parent: "old", .vary: "2", parent: "older"]
            context.inject(into: &fields, using: .httpFields)
            #expect(
                fields.map(\.name.rawName)
                    == ["Accept", "Vary", "traceparent", "tracestate", "baggage", "X-Correlation-ID"])
            expectEqual(ServiceContext.topLevel.extracting(fields, using: .httpFields), context)
            let lines: HTTPFields = [parent: Self.parent, state: "a=1", state: "b=2"]
            let read = ServiceContext.topLevel.extracting(lines, using: .httpFields)
            #expect(read.spanContext?.traceState == "a=1,b=2")
        }
    }

    @Test("a name that HTTP does not allow is no header")
    func forbiddenName() {
        let carrier = HTTPFieldsCarrier()
        var fields: HTTPFields = [.accept: "1"]
        carrier.inject("value", forKey: "no name", into: &fields)
        #expect(fields.map(\.value) == ["1"])
        #expect(carrier.extract(key: "no name", from: fields) == nil)
        #expect(carrier.extract(key: "accept", from: fields) == "1")
    }

    @Test("a trace state that is there does not outlive its parent")
    func staleState() throws {
        try carrying { context in
            var context = context
            context.spanContext?.traceState = ""
            var pairs = [("tracestate", "old=1")]
            context.inject(into: &pairs, using: .pairs)
            var dictionary = ["TraceState": "old=1"]
            context.inject(into: &dictionary, using: .dictionary)
            var environment = ["TRACESTATE": "old=1"]
            context.inject(into: &environment, using: .environment)
            var headers: HTTPHeaders = ["TraceState": "old=1"]
            context.inject(into: &headers, using: .httpHeaders)
            var fields = HTTPFields()
            fields[try #require(HTTPField.Name("TraceState"))] = "old=1"
            context.inject(into: &fields, using: .httpFields)
            #expect([pairs.count, dictionary.count, environment.count] == [3, 3, 3])
            #expect([headers.count, fields.count] == [3, 3])
            expectEqual(ServiceContext.topLevel.extracting(pairs, using: .pairs), context)
            expectEqual(ServiceContext.topLevel.extracting(dictionary, using: .dictionary), context)
            expectEqual(ServiceContext.topLevel.extracting(environment, using: .environment), context)
            expectEqual(ServiceContext.topLevel.extracting(headers, using: .httpHeaders), context)
            expectEqual(ServiceContext.topLevel.extracting(fields, using: .httpFields), context)
        }
    }

    @Test("environment variables have the specification's names")
    func environment() throws {
        try carrying { context in
            var environment = ["PATH": "/bin", "TRACEPARENT": "old", "traceparent": "not read"]
            context.inject(into: &environment, using: .environment)
            #expect(environment["TRACEPARENT"] == Self.parent)
            #expect(environment["TRACESTATE"] == #"a=1,b=\2"#)
            #expect(environment["BAGGAGE"] == "user=%C3%84%207;ttl=1,correlation.id=order-7")
            #expect(environment["X_CORRELATION_ID"] == "order-7")
            #expect(environment.count == 6)
            expectEqual(ServiceContext.topLevel.extracting(environment, using: .environment), context)
        }
    }

    @Test("a stored context comes back from its text")
    func stored() throws {
        try carrying { context in
            let stored = StoredContext(context)
            #expect(
                stored.rawValue == """
                    X-Correlation-ID=order-7
                    baggage=user=%C3%84%207;ttl=1,correlation.id=order-7
                    traceparent=\(Self.parent)
                    tracestate=a=1,b=\\\\2
                    """)
            expectEqual(stored.context, context)
            // One text in a record too.
            let record = try JSONEncoder().encode(["context": stored])
            #expect(try JSONDecoder().decode([String: String].self, from: record) == ["context": stored.rawValue])
            #expect(try JSONDecoder().decode([String: StoredContext].self, from: record) == ["context": stored])
            expectEqual(ServiceContext.withValue(context) { StoredContext() }.context, context)
            #expect(StoredContext(.topLevel).rawValue.isEmpty)
            // As Java writes properties.
            let java = StoredContext(rawValue: "#Sun Nov 22\r\n traceparent = \(Self.parent)\nbaggage=user\\=7\n")
            #expect(java.context.spanContext?.spanID.hex == "b7ad6b7169203331")
            #expect(java.context.baggage["user"] == "7")
        }
    }

    @Test(
        "a text that is no stored context restores nothing",
        arguments: ["", "\\", "=", "{}", "a\nb\n=\\", "é\u{301}=\\n"])
    func broken(_ text: String) throws {
        try carrying { _ in expectEqual(StoredContext(rawValue: text).context, .topLevel) }
    }
}
