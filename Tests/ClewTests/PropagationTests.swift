import ClewModel
import Testing
import Tracing

@testable import Clew

@Suite("Propagation")
struct PropagationTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"

    func extract(
        _ headers: [String: String], _ propagator: Propagator = Propagator(),
        over context: ServiceContext = .topLevel
    ) -> ServiceContext {
        var context = context
        propagator.extract(into: &context) { headers[$0.lowercased()] }
        return context
    }

    @Test(
        "a valid traceparent is read, also of later versions",
        arguments: [
            ("00-\(trace)-\(span)-01", 1), ("00-\(trace)-\(span)-00", 0), ("00-\(trace)-\(span)-03", 3),
            ("00-\(trace)-\(span)-ff", 3), ("cc-\(trace)-\(span)-01", 1), ("cc-\(trace)-\(span)-01-what-comes", 1),
            (" 00-\(trace)-\(span)-01\t", 1),
        ] as [(String, UInt8)]
    )
    func valid(_ header: String, flags: UInt8) throws {
        let context = try #require(extract(["traceparent": header]).spanContext)
        #expect(context.traceID.hex == Self.trace)
        #expect(context.spanID.hex == Self.span)
        #expect(context.flags == flags)
        #expect(context.isRemote)
    }

    @Test(
        "an invalid traceparent is ignored",
        arguments: [
            "", "00", "00-\(trace)-\(span)", "ff-\(trace)-\(span)-01", "00-\(trace)-\(span)-01-more",
            "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-0x", "0-\(trace)-\(span)-01",
            "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01", "00-\(trace)-\(span)-0F",
            "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
            "00-\(trace)a-\(span)-01", "00-\(trace)-\(span)é-01", "00_\(trace)_\(span)_01",
            "00-\(trace)-\(span)-01, 00-\(trace)-\(span)-01", "cc-\(trace)-\(span)-01-x, cc-\(trace)-\(span)-01",
            "cc-\(trace)-\(span)-01 -x", "00-\(trace)-\(span)-01\u{301}",
        ]
    )
    func invalid(_ header: String) {
        #expect(extract(["traceparent": header]).spanContext == nil)
    }

    @Test(
        "tracestate is kept where it is valid, and dropped alone where it is not",
        arguments: [
            ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            (" a=1 , ,b=2 ", "a=1,b=2"), ("0tenant@vendor=x", "0tenant@vendor=x"), ("a=x y", "a=x y"),
            ("A=1", ""), ("a", ""), ("a=", ""), ("a=1,a=2", ""), ("0a=1", ""), ("a=b=c", ""), ("a@b@c=1", ""),
            ("a=\u{7}", ""),
            ((0..<33).map { "k\($0)=v" }.joined(separator: ","), ""),
        ]
    )
    func traceState(_ header: String, kept: String) throws {
        let context = extract(["traceparent": "00-\(Self.trace)-\(Self.span)-01", "tracestate": header])
        #expect(try #require(context.spanContext).traceState == kept)
    }

    @Test(
        "baggage is read as W3C writes it",
        arguments: [
            ("a=1,b=2", [Baggage.Entry(key: "a", value: "1"), .init(key: "b", value: "2")]),
            (
                " a = 1 ; p ; q=r , b=%C3%A9%20",
                [.init(key: "a", value: "1", metadata: "p ; q=r"), .init(key: "b", value: "é ")]
            ),
            ("a=1,a=2", [.init(key: "a", value: "1")]),
            ("a,=1,b c=2,d=%zz,e=%ff,f=", [.init(key: "e", value: "\u{FFFD}"), .init(key: "f", value: "")]),
            ("a=1;p=\u{7},b=2,\u{301}c=3", [.init(key: "b", value: "2")]), ("a=b=c", [.init(key: "a", value: "b=c")]),
            ("", []), (",,;=", []),
        ] as [(String, [Baggage.Entry])]
    )
    func baggage(_ header: String, entries: [Baggage.Entry]) {
        #expect(extract(["baggage": header]).baggage.entries == entries)
    }

    @Test("baggage beyond the limits is cut, not refused")
    func baggageLimits() {
        let many = (0..<100).map { "k\($0)=v" }.joined(separator: ",")
        #expect(extract(["baggage": many]).baggage.entries.count == 64)
        let fitting = "a=" + String(repeating: "x", count: 8190)
        #expect(extract(["baggage": fitting]).baggage.header == fitting)
        #expect(extract(["baggage": fitting + "x"]).baggage.isEmpty)
        let long = "a=1,b=" + String(repeating: "x", count: 9000) + ",c=3"
        #expect(extract(["baggage": long]).baggage.entries.map(\.key) == ["a"])
        var baggage = Baggage()
        baggage["big"] = String(repeating: "x", count: 9000)
        baggage["small"] = "1"
        #expect(baggage.header == "small=1")
        baggage["not a token"] = "1"
        #expect(baggage["not a token"] == nil)
    }

    @Test("an entry's metadata travels with it, where it can")
    func metadata() {
        var baggage = Baggage()
        baggage.set(.init(key: "a", value: "1", metadata: "ttl=30;private"))
        baggage.set(.init(key: "b", value: "2", metadata: "x,c=3"))
        baggage.set(.init(key: "d", value: "4", metadata: "x\r\nc: 3"))
        #expect(baggage.header == "a=1;ttl=30;private")
        #expect(extract(["baggage": "a=1;ttl=30;private"]).baggage == baggage)
        baggage["a"] = "2"
        #expect(baggage.header == "a=2")
    }

    @Test("what is written is what was read")
    func roundTrip() throws {
        let headers = [
            "traceparent": "00-\(Self.trace)-\(Self.span)-01", "tracestate": "a=1", "baggage": "k=a%20b%2C%25;p=1",
            "x-correlation-id": "order-7",
        ]
        let context = extract(headers)
        #expect(context.baggage["k"] == "a b,%")
        let written = Dictionary(uniqueKeysWithValues: Propagator().fields(of: context).map { ($0.lowercased(), $1) })
        #expect(written == headers.merging(["baggage": "k=a%20b%2C%25;p=1,correlation.id=order-7"]) { $1 })
    }

    @Test("a propagator that is switched off neither reads nor writes")
    func switchedOff() throws {
        let headers = ["traceparent": "00-\(Self.trace)-\(Self.span)-01", "baggage": "a=1", "x-correlation-id": "c"]
        let none = Propagator([])
        let context = extract(headers, none)
        #expect(context.spanContext == nil)
        #expect(none.fields(of: extract(headers)).map(\.0) == ["X-Correlation-ID"])
    }

    @Test(
        "headers that are absent or not valid leave the context as it was",
        arguments: [
            [:], ["traceparent": "00-0-0-01", "tracestate": "x=1"], ["baggage": ""], ["baggage": "no entry"],
            ["tracestate": "x=1"], ["x-correlation-id": "not valid"], ["baggage": "correlation.id=not%20valid"],
            ["b3": "\(trace)-0"], ["b3": "0"], ["x-b3-traceid": trace], ["x-b3-spanid": span, "x-b3-sampled": "1"],
        ], Propagator.Format.allCases + [nil])
    func untouched(_ headers: [String: String], format: Propagator.Format?) {
        var before = ServiceContext.topLevel
        before.spanContext = SpanContext(
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), flags: 1, traceState: "a=1", isRemote: true)
        before.baggage["user"] = "7"
        before.correlationID = "order-7"
        let after = extract(headers, format.map { Propagator([$0]) } ?? Propagator(), over: before)
        #expect(after.spanContext == before.spanContext)
        #expect(after.baggage == before.baggage)
        #expect(after.correlationID == "order-7")
        let nothing = extract(headers)
        #expect(nothing.spanContext == nil && nothing.baggage.isEmpty && nothing.correlationID == nil)
    }

    @Test("baggage that comes replaces what was there, and keeps the correlation id")
    func replaced() {
        var before = ServiceContext.topLevel
        before.baggage["user"] = "7"
        before.correlationID = "order-7"
        let after = extract(["baggage": "tenant=a"], over: before)
        #expect(after.baggage.header == "tenant=a,correlation.id=order-7")
        #expect(after.correlationID == "order-7")
    }

    @Test(
        "the correlation id is taken from the first place that has a valid one",
        arguments: [
            (["x-correlation-id": "a", "x-request-id": "b", "baggage": "correlation.id=c"], "a" as String?),
            (["x-request-id": "b", "baggage": "correlation.id=c"], "b"), (["baggage": "correlation.id=c"], "c"),
            (["x-correlation-id": "not valid", "x-request-id": "b"], "b"),
            (["x-correlation-id": ""], nil), (["x-correlation-id": "a,b"], nil), (["x-correlation-id": "a\"b"], nil),
            (["x-correlation-id": "é"], nil), (["x-correlation-id": "a;b"], nil), (["x-correlation-id": "a\nb"], nil),
            (["x-correlation-id": String(repeating: "x", count: 129)], nil),
            (["x-correlation-id": String(repeating: "x", count: 128)], String(repeating: "x", count: 128)),
            (["baggage": "correlation.id=not%20valid"], nil),
        ] as [([String: String], String?)]
    )
    func correlation(_ headers: [String: String], id: String?) {
        let context = extract(headers)
        #expect(context.correlationID == id)
        #expect(context.baggage["correlation.id"] == id)
    }

    @Test("a request without a valid id gets a new one, the same for all its spans")
    func madeAtTheEdge() throws {
        let test = try TestTelemetry()
        let tracer = test.telemetry.tracer
        var context = ServiceContext.topLevel
        tracer.extract(["x-correlation-id": "no good"], into: &context, using: .dictionary)
        let outer = tracer.startSpan("outer", context: context)
        let inner = tracer.startSpan("inner", context: outer.context)
        let id = try #require(outer.context.correlationID)
        #expect(CorrelationID.isValid(id))
        #expect(inner.context.correlationID == id)
        var sent: [String: String] = [:]
        tracer.inject(inner.context, into: &sent, using: .dictionary)
        #expect(sent["X-Correlation-ID"] == id)
        #expect(sent["baggage"] == nil)
    }
}
