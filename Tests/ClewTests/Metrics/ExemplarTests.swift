import ClewModel
import ServiceContextModule
import Testing

@testable import Clew

@Suite("Exemplars")
struct ExemplarTests {
    func span(_ id: UInt64, isSampled: Bool = true) -> ServiceContext {
        var context = ServiceContext.topLevel
        context.spanContext = SpanContext(
            traceID: TraceID(high: 1, low: id), spanID: SpanID(id), flags: isSampled ? 1 : 0)
        return context
    }

    @Test("by default the measurements made in sampled spans are kept, with their ids")
    func traceBased() async throws {
        let test = try MetricTest()
        let histogram = test.meter.histogram("h", buckets: .explicit([1, 2]))
        let counter = test.meter.counter("c")
        histogram.record(0.5)
        ServiceContext.withValue(span(7, isSampled: false)) { histogram.record(1.5) }
        for _ in 0..<100 { ServiceContext.withValue(span(8)) { histogram.record(2.5) } }
        ServiceContext.withValue(span(9)) { counter.add(3) }
        let metrics = await test.exported()
        let kept = try #require(metrics["h"]?.histograms.first?.context.exemplars)
        #expect(kept.map(\.spanID) == [SpanID(8)])
        #expect(kept.map(\.value) == [.double(2.5)])
        let exemplar = try #require(metrics["c"]?.numbers.first?.context.exemplars.first)
        #expect(exemplar.value == .int(3))
        #expect(exemplar.traceID == TraceID(high: 1, low: 9))
        #expect(exemplar.time > 0)
    }

    @Test("one measurement for each bucket is kept, each time of a collection a new one")
    func aligned() async throws {
        let test = try MetricTest { $0.exemplarFilter = .alwaysOn }
        let histogram = test.meter.histogram("h", buckets: .explicit([1, 2]))
        for value in [0.5, 0.6, 1.5, 1.6, 2.5, 2.6] { histogram.record(value) }
        let first = try #require(await test.exported()["h"]?.histograms.first?.context.exemplars)
        #expect(first.count == 3)
        histogram.record(0.9)
        let second = try #require(await test.exported()["h"]?.histograms.first?.context.exemplars)
        #expect(second.first?.value == .double(0.9))
        #expect(second.count == 3)
    }

    @Test("deltas have the exemplars of their own time only; always_off has none")
    func deltaAndOff() async throws {
        let delta = try MetricTest {
            $0.exemplarFilter = .alwaysOn
            $0.metricTemporality = .delta
        }
        let off = try MetricTest { $0.exemplarFilter = .alwaysOff }
        for test in [delta, off] {
            ServiceContext.withValue(span(1)) {
                test.meter.histogram("h").record(1)
                test.meter.histogram("e", buckets: .exponential()).record(1)
                test.meter.gauge("g").set(1)
                test.meter.counter("c").add(1)
            }
        }
        func exemplars(_ metrics: [String: Metric]) -> Int {
            metrics.values.reduce(0) { sum, metric in
                sum + metric.numbers.reduce(0) { $0 + $1.context.exemplars.count }
                    + metric.histograms.reduce(0) { $0 + $1.context.exemplars.count }
                    + metric.exponentialHistograms.reduce(0) { $0 + $1.context.exemplars.count }
            }
        }
        #expect(exemplars(await delta.exported()) == 4)
        delta.meter.histogram("h").record(5)
        let next = await delta.exported()
        #expect(next["h"]?.histograms.first?.context.exemplars.map(\.value) == [.double(5)])
        #expect(exemplars(await off.exported()) == 0)
    }

    @Test("every measurement has about the same chance to be kept", arguments: [1, 20])
    func uniform(size: Int) {
        let (measurements, rounds) = (400, 3000)
        var kept = [Int](repeating: 0, count: 4)
        var reservoir = ExemplarReservoir(size: size, filter: .alwaysOn)
        for _ in 0..<rounds {
            reservoir.restart(at: 0, forgetting: true)
            for index in 1...measurements where UInt64(index) >= reservoir.next {
                reservoir.offer(Exemplar(value: .int(Int64(index))), at: UInt64(index))
            }
            #expect(reservoir.exemplars.count == size)
            for exemplar in reservoir.exemplars {
                if case .int(let index) = exemplar.value { kept[(Int(index) - 1) * 4 / measurements] += 1 }
            }
        }
        let expected = Double(rounds * size) / 4
        // For one place the deviation of a quarter's count is 24; this is more than eight times that.
        for count in kept { #expect(abs(Double(count) - expected) < expected * 0.27) }
    }

    @Test("outside of sampled spans the current span is looked for ever less often, but again and again")
    func misses() {
        var reservoir = ExemplarReservoir(size: 1, filter: .traceBased)
        var asked = 0
        for count in UInt64(1)...10_000 where count >= reservoir.next {
            asked += 1
            reservoir.offer(nil, at: count)
        }
        #expect((10_000 / 64)...(10_000 / 64 + 10) ~= asked)
    }
}
