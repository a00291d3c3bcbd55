import ClewModel
import Testing
import Tracing

@testable import Clew

@Suite("Propagation")
struct PropagationTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"

    struct Headers: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key.lowercased()] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
            carrier[key.lowercased()] = value
        }
    }

    func extract(_ headers: [String: String], _ propagator: Propagator = Propagator()) -> ServiceContext {
        var context = ServiceContext.topLevel
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
            ("a,=1,b c=2,d=%zz,e=%ff,f=", [.init(key: "f", value: "")]),
            ("", []),
        ] as [(String, [Baggage.Entry])]
    )
    func baggage(_ header: String, entries: [Baggage.Entry]) {
        #expect(extract(["baggage": header]).baggage.entries == entries)
    }

    @Test("baggage beyond the limits is cut, not refused")
    func baggageLimits() {
        let many = (0..<100).map { "k\($0)=v" }.joined(separator: ",")
        #expect(extract(["baggage": many]).baggage.entries.count == 64)
        let long = "a=1,b=" + String(repeating: "x", count: 9000) + ",c=3"
        #expect(extract(["baggage": long]).baggage.entries.map(\.key) == ["a"])
        var baggage = Baggage()
        baggage["big"] = String(repeating: "x", count: 9000)
        baggage["small"] = "1"
        #expect(baggage.header == "small=1")
        baggage["not a token"] = "1"
        #expect(baggage["not a token"] == nil)
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
        let none = Propagator(traceContext: false, baggage: false)
        let context = extract(headers, none)
        #expect(context.spanContext == nil)
        #expect(none.fields(of: extract(headers)).map(\.0) == ["X-Correlation-ID"])
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
        tracer.extract(["x-correlation-id": "no good"], into: &context, using: Headers())
        let outer = tracer.startSpan("outer", context: context)
        let inner = tracer.startSpan("inner", context: outer.context)
        let id = try #require(outer.context.correlationID)
        #expect(CorrelationID.isValid(id))
        #expect(inner.context.correlationID == id)
        var sent: [String: String] = [:]
        tracer.inject(inner.context, into: &sent, using: Headers())
        #expect(sent["x-correlation-id"] == id)
        #expect(sent["baggage"] == "correlation.id=\(id)")
    }
}
