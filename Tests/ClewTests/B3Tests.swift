import ClewModel
import Testing
import Tracing

@testable import Clew

@Suite("B3 propagation")
struct B3Tests {
    static let trace = "80f198ee56343ba864fe8b2a57d3eff7"
    static let span = "e457b5a2e4d86bd1"
    static let both = [Propagator([.b3]), Propagator([.b3Multi])]

    func extract(_ headers: [String: String], _ propagator: Propagator) -> ServiceContext {
        var context = ServiceContext.topLevel
        propagator.extract(into: &context) { DictionaryCarrier().extract(key: $0, from: headers) }
        return context
    }

    struct Valid: Sendable, CustomTestStringConvertible {
        var headers: [String: String]
        var trace = B3Tests.trace
        var isSampled: Bool
        var testDescription: String { "\(headers)" }
    }

    @Test(
        "both forms are read, whichever is written",
        arguments: [
            Valid(headers: ["b3": "\(trace)-\(span)-1"], isSampled: true),
            Valid(headers: ["b3": "\(trace)-\(span)-0"], isSampled: false),
            Valid(headers: ["b3": "\(trace)-\(span)-d"], isSampled: true),
            Valid(headers: ["b3": "\(trace)-\(span)"], isSampled: false),
            Valid(headers: ["B3": " \(trace)-\(span)-1-05e3ac9a4f6e3b90 "], isSampled: true),
            Valid(
                headers: ["b3": "64fe8b2a57d3eff7-\(span)-1"], trace: "000000000000000064fe8b2a57d3eff7",
                isSampled: true),
            Valid(headers: ["x-b3-traceid": trace, "x-b3-spanid": span, "x-b3-sampled": "1"], isSampled: true),
            Valid(headers: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "true"], isSampled: true),
            Valid(headers: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "0"], isSampled: false),
            Valid(headers: ["X-B3-TraceId": trace, "X-B3-SpanId": span], isSampled: false),
            Valid(headers: ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Flags": "1"], isSampled: true),
            Valid(
                headers: ["X-B3-TraceId": "64fe8b2a57d3eff7", "X-B3-SpanId": span, "X-B3-ParentSpanId": span],
                trace: "000000000000000064fe8b2a57d3eff7", isSampled: false),
            // The single header comes first, unless it is broken.
            Valid(headers: ["b3": "\(trace)-\(span)-1", "X-B3-TraceId": span, "X-B3-SpanId": span], isSampled: true),
            Valid(headers: ["b3": "1", "X-B3-TraceId": trace, "X-B3-SpanId": span], isSampled: false),
        ], both)
    func valid(_ valid: Valid, _ propagator: Propagator) throws {
        let context = try #require(extract(valid.headers, propagator).spanContext)
        #expect(context.traceID.hex == valid.trace)
        #expect(context.spanID.hex == Self.span)
        #expect(context.isSampled == valid.isSampled)
        #expect(context.isRemote)
    }

    @Test(
        "what is not valid is ignored",
        arguments: [
            ["b3": ""], ["b3": "0"], ["b3": "d"], ["b3": "\(trace)-\(span)-2"], ["b3": "\(trace)-\(span)-"],
            ["b3": "\(trace)-\(span)-1-"], ["b3": "\(trace)-\(span)-1-05e3"], ["b3": "\(trace)-\(span)-1-\(span)-1"],
            ["b3": "\(trace)-\(span)-1,\(trace)-\(span)-1"], ["b3": "\(trace)0-\(span)-1"], ["b3": "\(trace)"],
            ["b3": "\(trace.uppercased())-\(span)-1"], ["b3": "0000000000000000-\(span)-1"],
            ["b3": "\(trace)-0000000000000000-1"], ["X-B3-TraceId": trace], ["X-B3-SpanId": span],
            ["X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": "yes"],
            ["X-B3-TraceId": "\(trace)0", "X-B3-SpanId": span], ["X-B3-TraceId": trace, "X-B3-SpanId": "\(span)0"],
        ], both)
    func invalid(_ headers: [String: String], _ propagator: Propagator) {
        #expect(extract(headers, propagator).spanContext == nil)
    }

    @Test(
        "the configured form is written, without the parent's id",
        arguments: [
            ("1", "\(trace)-\(span)-1", ["X-B3-Sampled": "1"]), ("0", "\(trace)-\(span)-0", ["X-B3-Sampled": "0"]),
            ("d", "\(trace)-\(span)-d", ["X-B3-Flags": "1"]),
        ] as [(String, String, [String: String])]
    )
    func written(_ state: String, single: String, multi: [String: String]) {
        let context = extract(["b3": "\(Self.trace)-\(Self.span)-\(state)-05e3ac9a4f6e3b90"], Self.both[0])
        func fields(_ formats: [Propagator.Format]) -> [String: String] {
            Dictionary(uniqueKeysWithValues: Propagator(formats).fields(of: context))
                .filter { $0.key != CorrelationID.header }
        }
        let headers = multi.merging(["X-B3-TraceId": Self.trace, "X-B3-SpanId": Self.span]) { $1 }
        #expect(fields([.b3]) == ["b3": single])
        #expect(fields([.b3Multi]) == headers)
        #expect(fields([.b3Multi, .b3]) == headers.merging(["b3": single]) { $1 })
    }

    @Test("debug holds for the trace that came with it, through local spans and no other")
    func debug() throws {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.propagator = Propagator([.b3])
        let tracer = try TestTelemetry(configuration).telemetry.tracer
        var context = ServiceContext.topLevel
        tracer.extract(["b3": "\(Self.trace)-\(Self.span)-d"], into: &context, using: .dictionary)
        let span = tracer.startSpan("work", context: context)
        var sent: [String: String] = [:]
        tracer.inject(span.context, into: &sent, using: .dictionary)
        #expect(sent["b3"] == "\(Self.trace)-\(try #require(span.context.spanContext).spanID.hex)-d")
        tracer.extract(["b3": "\(Self.span)-\(Self.span)-1"], into: &context, using: .dictionary)
        tracer.inject(context, into: &sent, using: .dictionary)
        #expect(sent["b3"] == "0000000000000000\(Self.span)-\(Self.span)-1")
    }

    @Test("of several formats the last valid one prevails", arguments: [true, false])
    func order(_ b3First: Bool) throws {
        let propagator = Propagator(b3First ? [.b3, .traceContext] : [.traceContext, .b3])
        let w3c = "0af7651916cd43dd8448eb211c80319c"
        let headers = ["traceparent": "00-\(w3c)-\(Self.span)-01", "b3": "\(Self.trace)-\(Self.span)-1"]
        #expect(extract(headers, propagator).spanContext?.traceID.hex == (b3First ? w3c : Self.trace))
        let broken = headers.merging([b3First ? "traceparent" : "b3": "broken"]) { $1 }
        #expect(extract(broken, propagator).spanContext?.traceID.hex == (b3First ? Self.trace : w3c))
    }
}
