import ClewModel
import ClewTesting
import CoreMetrics
import Synchronization
import Testing

@testable import Clew

@Suite("Temporality")
struct TemporalityTests {
    /// The temporality of each kind by name.
    func temporalities(_ preference: TemporalityPreference) async throws -> [String: AggregationTemporality?] {
        let test = try MetricTest { $0.metricTemporality = preference }
        test.meter.counter("counter").add(1)
        test.meter.floatingPointCounter("float").add(1)
        test.meter.upDownCounter("updown").add(1)
        test.meter.histogram("histogram").record(1)
        test.meter.histogram("exponential", buckets: .exponential()).record(1)
        test.meter.observableCounter("observable") { $0.observe(1) }
        test.meter.observableUpDownCounter("observable.updown") { $0.observe(1) }
        Meter(label: "meter", factory: test.factory).increment()
        return await test.exported().mapValues(\.temporality)
    }

    @Test("each kind has the temporality of the specification's table")
    func table() async throws {
        let names: Set = [
            "counter", "float", "updown", "histogram", "exponential", "observable", "observable.updown", "meter",
        ]
        for (preference, delta) in [
            (TemporalityPreference.cumulative, Set<String>()),
            (.delta, ["counter", "float", "histogram", "exponential", "observable"]),
            (.lowMemory, ["counter", "float", "histogram", "exponential"]),
        ] {
            let seen = try await temporalities(preference)
            #expect(Set(seen.keys) == names)
            #expect(Set(seen.filter { $0.value == .delta }.keys) == delta, "\(preference)")
            #expect(Set(seen.filter { $0.value == .cumulative }.keys) == names.subtracting(delta), "\(preference)")
        }
    }

    @Test("deltas follow one another without a gap, and a stream without a change is not sent")
    func intervals() async throws {
        let clock = ManualClock()
        let test = try MetricTest(clock: clock.clock) { $0.metricTemporality = .delta }
        let counter = test.meter.counter("c")
        let histogram = test.meter.histogram("h", buckets: .explicit([1]))
        let exponential = test.meter.histogram("e", buckets: .exponential())
        let start = clock.clock.wall()
        func collect() async -> [String: Metric] {
            clock.advance(by: .seconds(10))
            return Dictionary(await test.telemetry.metrics.collect(for: .preferred).map { ($0.name, $0) }) { $1 }
        }
        counter.add(2)
        for value in [0.5, 3] {
            histogram.record(value)
            exponential.record(value)
        }
        let first = await collect()
        #expect(first["c"]?.values == [.int(2)])
        #expect(first["c"]?.numbers[0].context.start == start)
        #expect(first["h"]?.histograms[0].bucketCounts == [1, 1])
        #expect(first["h"]?.histograms[0].min == 0.5)
        #expect(first["e"]?.exponentialHistograms[0].count == 2)

        #expect(await collect().isEmpty)

        counter.add(1)
        histogram.record(2)
        exponential.record(2)
        let third = await collect()
        let second = start + 20 * UInt64.nanosecondsPerSecond
        #expect(third["c"]?.values == [.int(1)])
        #expect(third["c"]?.numbers[0].context.start == second)
        #expect(third["c"]?.numbers[0].context.time == second + 10 * UInt64.nanosecondsPerSecond)
        #expect(third["h"]?.histograms[0].context.start == second)
        #expect(third["h"]?.histograms[0].bucketCounts == [0, 1])
        #expect(third["h"]?.histograms[0].min == 2)
        #expect(third["e"]?.exponentialHistograms[0].scale == 20)
        #expect(third["e"]?.exponentialHistograms[0].max == 2)

        // A scraper still sees everything since the start.
        let scraped = Dictionary(await test.telemetry.metrics.collect(for: .cumulative).map { ($0.name, $0) }) { $1 }
        #expect(scraped["c"]?.values == [.int(3)])
        #expect(scraped["c"]?.numbers[0].context.start == start)
        #expect(scraped["h"]?.histograms[0].bucketCounts == [1, 2])
        #expect(scraped["e"]?.exponentialHistograms[0].count == 3)
        #expect(scraped["e"]?.exponentialHistograms[0].min == 0.5)
    }

    @Test("requests for instruments beyond their number are told as deltas, too")
    func refusedInstruments() async throws {
        let test = try MetricTest { $0.metricTemporality = .delta }
        func ask(_ count: Int) {
            for index in 0..<count { _ = test.meter.counter("\(count).\(index)") }
        }
        func refused(_ reader: MetricRegistry.Reader = .preferred) async -> Metric? {
            let metrics = await test.telemetry.metrics.collect(for: reader)
            return metrics.first { $0.name == SemanticConventions.refusedInstruments }
        }
        ask(MetricEnvironment.maximumInstruments + 3)
        let first = await refused()
        #expect(first?.values == [.int(3)])
        #expect(first?.temporality == .delta)
        #expect(await refused() == nil)
        ask(2)
        #expect(await refused()?.values == [.int(2)])
        #expect(await refused(.cumulative)?.values == [.int(5)])
    }

    @Test("a wall clock that steps back gives no point that ends before it starts")
    func steppedClock() async throws {
        let clock = ManualClock()
        let test = try MetricTest(clock: clock.clock)
        test.meter.counter("c").add(1)
        clock.stepWall(by: .seconds(-3600))
        let point = try #require(await test.telemetry.metrics.collect(for: .preferred).first?.numbers.first)
        #expect(point.context.start <= point.context.time)
    }

    @Test("measurements made while deltas are collected are in exactly one of them")
    func concurrent() async throws {
        let test = try MetricTest { $0.metricTemporality = .delta }
        let counter = test.meter.counter("c")
        let float = test.meter.floatingPointCounter("f")
        let histogram = test.meter.histogram("h")
        let exponential = test.meter.histogram("e", buckets: .exponential())
        let (writers, rounds) = (4, 5000)
        let writing = Writing()
        let task = Task {
            await withDiscardingTaskGroup { group in
                for _ in 0..<writers {
                    group.addTask {
                        for _ in 0..<rounds {
                            counter.add(1)
                            float.add(1)
                            histogram.record(1)
                            exponential.record(1)
                        }
                    }
                }
            }
            writing.hasEnded.store(true, ordering: .sequentiallyConsistent)
        }
        var seen = Seen()
        while !writing.hasEnded.load(ordering: .sequentiallyConsistent) {
            seen.add(await test.telemetry.metrics.collect(for: .preferred))
        }
        await task.value
        seen.add(await test.telemetry.metrics.collect(for: .preferred))
        let all = writers * rounds
        #expect(seen.integers == Int64(all))
        #expect(seen.floats == Double(all))
        #expect(seen.histograms == UInt64(all))
        #expect(seen.exponentials == UInt64(all))
    }

    final class Writing: Sendable {
        let hasEnded = Atomic(false)
    }

    /// What all collections together told.
    struct Seen {
        var integers: Int64 = 0
        var floats = 0.0
        var histograms: UInt64 = 0
        var exponentials: UInt64 = 0

        mutating func add(_ metrics: [Metric]) {
            for metric in metrics {
                for point in metric.numbers {
                    if case .int(let value) = point.value { integers += value }
                    if case .double(let value) = point.value { floats += value }
                }
                histograms += metric.histograms.reduce(0) { $0 + $1.count }
                exponentials += metric.exponentialHistograms.reduce(0) { $0 + $1.count }
            }
        }
    }
}
