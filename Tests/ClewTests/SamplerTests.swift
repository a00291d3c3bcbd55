import ClewModel
import ClewTesting
import Testing
import Tracing

@testable import Clew

@Suite("A sampler")
struct SamplerTests {
    func decision(
        _ sampler: Sampler, _ traceID: TraceID, parent: SpanContext? = nil, hint: SamplingHint? = nil
    ) -> SamplingDecision {
        SamplerState(sampler, clock: .system)
            .decide(traceID, parent: parent.map(SpanCore.init(remote:)), name: "work", kind: .internal) { hint }
    }

    @Test(
        "by ratio takes about its share, and a larger ratio takes all that a smaller does",
        arguments: [0.0, 0.1, 0.5, 0.9, 1.0])
    func ratio(_ ratio: Double) {
        var generator = SplitMix64(seed: 7)
        let ids = (0..<10_000).map { _ in TraceID.random(using: &generator) }
        let sampled = ids.filter { decision(.traceIDRatio(ratio), $0) == .recordAndSample }
        #expect(abs(Double(sampled.count) / 10_000 - ratio) < 0.02)
        #expect(sampled.allSatisfy { decision(.traceIDRatio(min(1, ratio + 0.1)), $0) == .recordAndSample })
    }

    @Test("by ratio decides as the Go and Python SDKs do: the id's low 64 bits are below that share of 2^64")
    func otherLanguages() {
        let low = UInt64(1) << 63 - 1
        // A quarter of 2^64 is 2^62.
        #expect(decision(.traceIDRatio(0.25), TraceID(high: .max, low: 1 << 62 - 1)) == .recordAndSample)
        #expect(decision(.traceIDRatio(0.25), TraceID(high: 0, low: 1 << 62)) == .drop)
        #expect(decision(.traceIDRatio(0.5), TraceID(high: 0, low: low)) == .recordAndSample)
        #expect(decision(.traceIDRatio(0.5), TraceID(high: 0, low: low + 1)) == .drop)
        // The Java SDK samples these, and drops the first: it compares the absolute value of the bits with half the bound.
        #expect(decision(.traceIDRatio(0.25), TraceID(high: 0, low: .max)) == .drop)
        #expect(decision(.traceIDRatio(0.5), TraceID(high: 0, low: .max)) == .drop)
        #expect(decision(.traceIDRatio(.nan), TraceID(high: 0, low: 0)) == .drop)
    }

    @Test("that follows the parent does what it did", arguments: [UInt8(0), 1])
    func parentBased(_ flags: UInt8) {
        let parent = SpanContext(traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), flags: flags)
        for root in [Sampler.alwaysOn, .alwaysOff] {
            let expected: SamplingDecision = flags == 1 ? .recordAndSample : .drop
            #expect(decision(.parentBased(root: root), parent.traceID, parent: parent) == expected)
        }
        #expect(decision(.parentBased(root: .alwaysOn), parent.traceID) == .recordAndSample)
        #expect(decision(.parentBased(root: .alwaysOff), parent.traceID) == .drop)
    }

    @Test("with a rate lets that many pass each second, whatever the wall clock does")
    func rate() throws {
        let clock = ManualClock()
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.sampler = .parentBased(root: .rateLimited(perSecond: 5))
        let test = try TestTelemetry(configuration, clock: clock.clock)
        func sampledOfTwenty() -> Int {
            (0..<20).count { _ in
                test.telemetry.tracer.startSpan("work", context: .topLevel).context.spanContext?.isSampled == true
            }
        }
        #expect(sampledOfTwenty() == 5)
        clock.stepWall(by: .seconds(-3600))
        #expect(sampledOfTwenty() == 0)
        clock.advance(by: .milliseconds(400))
        #expect(sampledOfTwenty() == 2)
        clock.advance(by: .seconds(60))
        #expect(sampledOfTwenty() == 5)
    }

    @Test("with rules decides by the path that a request asks for")
    func rules() {
        let sampler = Sampler.parentBased(
            root: .rules(
                [SamplingRule(path: "/healthz", .alwaysOff), SamplingRule(path: "/shop/*", .alwaysOn)],
                otherwise: .alwaysOff))
        let id = TraceID(high: 1, low: 1)
        #expect(decision(sampler, id, hint: SamplingHint(path: "/healthz")) == .drop)
        #expect(decision(sampler, id, hint: SamplingHint(path: "/shop/cart")) == .recordAndSample)
        #expect(decision(sampler, id, hint: SamplingHint(path: "/shops")) == .drop)
        #expect(decision(sampler, id) == .drop)
        // A trace that was begun elsewhere is not cut in the middle.
        let parent = SpanContext(traceID: id, spanID: SpanID(1))
        #expect(decision(sampler, id, parent: parent, hint: SamplingHint(path: "/healthz")) == .recordAndSample)
    }

    @Test("that always records exports no more, but span metrics count every span")
    func alwaysRecord() async throws {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.sampler = .alwaysRecord(.parentBased(root: .alwaysOff))
        configuration.spanMetrics = true
        let test = try TestTelemetry(configuration)
        for _ in 0..<3 {
            let span = test.telemetry.tracer.startSpan("GET /orders", context: .topLevel, ofKind: .server)
            #expect(span.isRecording)
            #expect(span.context.spanContext?.isSampled == false)
            span.setStatus(SpanStatus(code: .error))
            span.end()
        }
        await test.telemetry.shutdown()
        #expect(test.exporter.spans.isEmpty)
        let metric = try #require(test.exporter.metrics.first { $0.name == "traces.span.metrics.duration" })
        guard case .histogram(let points, _) = metric.data else {
            Issue.record("not a histogram")
            return
        }
        #expect(points.map(\.count) == [3])
        #expect(points.first?.context.attributes["span.name"] == "GET /orders")
        #expect(points.first?.context.attributes["span.kind"] == "SPAN_KIND_SERVER")
        #expect(points.first?.context.attributes["status.code"] == "STATUS_CODE_ERROR")
    }

    @Test("of the program's own is asked with all that is known")
    func custom() {
        let sampler = Sampler.custom(
            CustomSampler("servers") { $0.hint?.method == "POST" && $0.name == "work" ? .recordOnly : .drop })
        let id = TraceID(high: 1, low: 1)
        #expect(decision(sampler, id, hint: SamplingHint(path: "/", method: "POST")) == .recordOnly)
        #expect(decision(sampler, id, hint: SamplingHint(path: "/", method: "GET")) == .drop)
    }

    @Test("is refined by the environment where traces begin")
    func environment() {
        let configuration = Telemetry.Configuration(
            service: "orders",
            environment: [
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5",
                "CLEW_SAMPLER_PATHS": "/healthz=0,/shop/*=1", "CLEW_SAMPLER_RATE": "100",
                "CLEW_RECORD_UNSAMPLED": "true", "CLEW_SPAN_METRICS": "true",
            ])
        let rules = [
            SamplingRule(path: "/healthz", .traceIDRatio(0)), SamplingRule(path: "/shop/*", .traceIDRatio(1)),
        ]
        #expect(
            configuration.sampler
                == .alwaysRecord(
                    .parentBased(
                        root: .rateLimited(
                            perSecond: 100, of: .rules(rules, otherwise: .traceIDRatio(0.5))))))
        #expect(configuration.spanMetrics)
        #expect(configuration.warnings.isEmpty)
        let wrong = Telemetry.Configuration(
            service: "orders", environment: ["CLEW_SAMPLER_PATHS": "/healthz=none", "CLEW_SAMPLER_RATE": "-1"])
        #expect(wrong.sampler == .parentBased(root: .alwaysOn))
        #expect(wrong.warnings.count == 2)
    }
}
