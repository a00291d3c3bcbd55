import ClewModel
import Testing
import Tracing

@testable import Clew

@Suite("Propagation of anything")
struct PropagationFuzzTests {
    private enum ForeignKey: ServiceContextKey { typealias Value = String }

    static let propagators = [
        Propagator(), Propagator([.b3]), Propagator([.b3Multi]), Propagator(Propagator.Format.allCases),
        Propagator(Propagator.Format.allCases.reversed()),
    ]
    static let headers = [
        "traceparent", "tracestate", "baggage", "b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags",
        "X-Correlation-ID", "X-Request-ID",
    ]
    static let seeds: [String] = [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=1,b@c=2", "k=v;p=1,correlation.id=x,l=%C3%A9",
        "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90", "80f198ee56343ba864fe8b2a57d3eff7",
        "e457b5a2e4d86bd1", "1", "d", "order-7", "",
    ]

    /// Random bytes, or something valid with a few bytes changed, removed, repeated or put in.
    private func value(_ random: inout SplitMix64) -> String {
        var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
        if Int.random(in: 0..<4, using: &random) == 0 {
            bytes = (0..<Int.random(in: 0..<80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
            let index = bytes.indices.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: index)
            case 2: bytes += bytes
            default: bytes.insert(contentsOf: ",;=-% \t".utf8.shuffled(using: &random).prefix(2), at: index)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "whatever the headers hold, what is read can be sent on, and other keys are left alone", arguments: propagators)
    func hostile(_ propagator: Propagator) {
        var random = SplitMix64(seed: 42)
        for _ in 0..<3000 {
            var headers: [String: String] = [:]
            for name in Self.headers where Bool.random(using: &random) { headers[name] = value(&random) }
            var context = ServiceContext.topLevel
            context[ForeignKey.self] = "mine"
            propagator.extract(into: &context) { headers[$0] }
            #expect(context[ForeignKey.self] == "mine")
            let fields = propagator.fields(of: context)
            for (name, value) in fields {
                #expect(value.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }, "\(name): \(headers)")
                #expect(value.utf8.count <= 16 << 10)
            }
            #expect(Set(fields.map(\.0)).count == fields.count)
            expectSame(context, after: fields, propagator, "\(headers)")
        }
    }

    @Test("what is injected is what is extracted", arguments: propagators)
    func roundTrip(_ propagator: Propagator) {
        var random = SplitMix64(seed: 7)
        for _ in 0..<1000 {
            var context = ServiceContext.topLevel
            context.spanContext = SpanContext(
                traceID: .random(using: &random), spanID: .random(using: &random),
                flags: UInt8.random(in: 0...1, using: &random), isRemote: true)
            if propagator.formats.last == .traceContext { context.spanContext?.traceState = "k=\(random.next())" }
            if propagator.formats.contains(.baggage) {
                for _ in 0..<Int.random(in: 0..<5, using: &random) {
                    let text = value(&random)
                    context.baggage.set(.init(key: "k\(UInt8.random(in: 0...9, using: &random))", value: text))
                }
            }
            if Bool.random(using: &random) { context.correlationID = "c\(random.next())" }
            expectSame(context, after: propagator.fields(of: context), propagator, "")
        }
    }

    private func expectSame(
        _ context: ServiceContext, after fields: [(String, String)], _ propagator: Propagator, _ comment: String
    ) {
        var copy = ServiceContext.topLevel
        propagator.extract(into: &copy) { PairCarrier().extract(key: $0, from: fields) }
        var expected = context.spanContext
        // B3 has no place for the trace state and for the flag that says that the id is random.
        if propagator.formats.last(where: { $0 != .baggage }) != .traceContext {
            expected?.traceState = ""
            expected?.flags &= 1
        }
        #expect(copy.spanContext == expected, "\(comment)")
        #expect(copy.correlationID == context.correlationID, "\(comment)")
        guard propagator.formats.contains(.baggage) else { return }
        var baggage = context.baggage
        // The id of a request that had none, which is that of its trace, came in a header of its own.
        baggage[SemanticConventions.correlationID] = context.correlationID
        #expect(copy.baggage.entries.sorted(by: key) == baggage.entries.sorted(by: key), "\(comment)")
    }

    private func key(_ left: Baggage.Entry, _ right: Baggage.Entry) -> Bool {
        left.key < right.key
    }
}
