import ClewModel
import ClewTesting
import Synchronization
import Testing

@testable import Clew

@Suite("Instruments of the library's own meter")
struct MeterTests {
    @Test("instruments keep unit, description and typed attributes; handles with attributes share the streams")
    func instruments() async throws {
        let test = try MetricTest()
        let orders = test.meter.counter("orders", unit: "{order}", description: "Orders taken.")
        let card = orders.with([Attribute("payment", "card")])
        card.add(2)
        card.with([Attribute("retry", true)]).add(1)
        orders.add(3, [Attribute("payment", "card")])
        orders.add(-1)
        test.meter.counter("orders", unit: "{order}", description: "Orders taken.")
            .add(4, [Attribute("retry", true), Attribute("payment", "card")])
        test.meter.floatingPointCounter("cost").add(0.5)
        let stock = test.meter.upDownCounter("stock")
        stock.add(5)
        stock.add(-7)
        test.meter.gauge("load").set(0.7)
        let sizes = test.meter.histogram("size", unit: "By", buckets: .explicit([100, 10, 10, .infinity]))
        for size in [10.0, 11, 1000, .nan] { sizes.record(size) }
        test.meter.histogram("wait", unit: "s").record(.milliseconds(7))

        let metrics = await test.exported()
        #expect(metrics["orders"]?.unit == "{order}")
        #expect(metrics["orders"]?.description == "Orders taken.")
        #expect(metrics["orders"]?.value([Attribute("payment", "card")]) == .int(5))
        #expect(metrics["orders"]?.value([Attribute("payment", "card"), Attribute("retry", true)]) == .int(5))
        #expect(metrics["orders"]?.numbers.count == 2)
        #expect(metrics["cost"]?.values == [.double(0.5)])
        #expect(metrics["stock"]?.values == [.int(-2)])
        #expect(metrics["load"]?.values == [.double(0.7)])
        #expect(metrics["size"]?.histograms.first?.explicitBounds == [10, 100])
        #expect(metrics["size"]?.histograms.first?.bucketCounts == [1, 1, 1])
        #expect(metrics["wait"]?.histograms.first?.explicitBounds == SemanticConventions.httpDurationBuckets)
        #expect(metrics["wait"]?.histograms.first?.sum == 0.007)
    }

    @Test("a meter with a name is a scope of its own")
    func scopes() async throws {
        let test = try MetricTest()
        test.telemetry.meter("cache", version: "2").counter("cache.hits").add(1)
        test.telemetry.meter("cache", version: "2").counter("cache.hits").add(1)
        let metric = await test.exported()["cache.hits"]
        #expect(metric?.scope.name == "cache")
        #expect(metric?.scope.version == "2")
        #expect(metric?.values == [.int(2)])
    }

    @Test("another unit, or another kind of the same name, is said in the log")
    func conflicts() async throws {
        let test = try MetricTest()
        test.meter.counter("a", unit: "s").add(1)
        test.meter.counter("a", unit: "ms").add(1)
        test.meter.gauge("a").set(1)
        #expect(test.test.lines.contains { $0.contains("another unit or description") })
        #expect(test.test.lines.contains { $0.contains("different kinds called 'a'") })
    }

    @Test("observable instruments are asked at each collection, until cancelled or until their owner is gone")
    func observables() async throws {
        final class Queue: Sendable {
            let depth = Atomic(3)
        }
        let test = try MetricTest()
        var queue: Queue? = Queue()
        if let queue {
            test.meter.observableGauge("depth", unit: "{item}", of: queue) { queue, observer in
                observer.observe(queue.depth.load(ordering: .relaxed), [Attribute("name", "in")])
            }
        }
        let total = Atomic(10)
        let observation = test.meter.observableCounter("total") { observer in
            observer.observe(total.load(ordering: .relaxed))
        }
        var metrics = await test.exported()
        #expect(metrics["depth"]?.value([Attribute("name", "in")]) == .int(3))
        #expect(metrics["depth"]?.unit == "{item}")
        #expect(metrics["total"]?.values == [.int(10)])

        queue?.depth.store(4, ordering: .relaxed)
        observation.cancel()
        metrics = await test.exported()
        #expect(metrics["depth"]?.values == [.int(4)])
        #expect(metrics["total"] == nil)

        queue = nil
        #expect(await test.exported().isEmpty)
    }

    /// Counts the objects of its kind.
    final class Held: Sendable {
        static let count = Atomic(0)

        init() { Self.count.wrappingAdd(1, ordering: .relaxed) }

        deinit { Self.count.wrappingSubtract(1, ordering: .relaxed) }
    }

    @Test("a callback and what it holds go with their owner, although nothing is ever collected")
    func uncollected() throws {
        let test = try MetricTest()
        for _ in 0..<10_000 {
            let (owner, held) = (Held(), Held())
            test.meter.observableGauge("depth", of: owner) { _, observer in
                withExtendedLifetime(held) { observer.observe(1) }
            }
        }
        #expect(Held.count.load(ordering: .relaxed) < 200)
    }

    @Test("what a callback holds may cancel another one as it goes")
    func cancelledAsItGoes() async throws {
        final class Canceller: Sendable {
            let observation: MetricObservation

            init(_ observation: MetricObservation) {
                self.observation = observation
            }

            deinit { observation.cancel() }
        }
        let test = try MetricTest()
        func observe() -> MetricObservation {
            let canceller = Canceller(test.meter.observableGauge("depth") { $0.observe(1) })
            return test.meter.observableGauge("depth") { observer in
                withExtendedLifetime(canceller) { observer.observe(2) }
            }
        }
        observe().cancel()
        #expect(await test.exported().isEmpty)
    }

    @Test("an attribute that is not a number is a text, so that it makes one stream")
    func notANumber() async throws {
        let test = try MetricTest()
        let alone: Attributes = [Attribute("ratio", .double(.nan))]
        let nested: Attributes = [Attribute("size", 1), Attribute("ratios", .array([.double(.nan)]))]
        let counter = test.meter.counter("counted")
        for _ in 0..<3 {
            counter.add(1, alone)
            counter.add(1, nested)
        }
        test.meter.observableCounter("observed") { observer in
            for _ in 0..<3 {
                observer.observe(1, alone)
                observer.observe(1, nested)
            }
        }
        let metrics = await test.exported()
        for name in ["counted", "observed"] {
            #expect(metrics[name]?.value([Attribute("ratio", "NaN")]) == .int(3))
            #expect(metrics[name]?.value([Attribute("ratios", "[nan]"), Attribute("size", 1)]) == .int(3))
            #expect(metrics[name]?.numbers.count == 2)
        }
    }

    @Test("a callback that does not come back holds nothing up, and is asked again when it has")
    func slowCallback() async throws {
        let clock = ManualClock()
        let test = try MetricTest(clock: clock.clock)
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let calls = Atomic(0)
        test.meter.observableGauge("slow") { observer in
            if calls.wrappingAdd(1, ordering: .relaxed).newValue == 1 {
                // Its own task, so that cancellation does not end the waiting.
                await Task { for await _ in gate { break } }.value
            }
            observer.observe(1)
        }
        test.meter.observableGauge("quick") { $0.observe(2) }

        async let collected = test.telemetry.metrics.collect(for: .preferred)
        await clock.sleepers(atLeast: 1)
        clock.advance(by: MetricRegistry.callbackLimit)
        #expect(await !collected.map(\.name).contains("slow"))
        #expect(test.test.lines.contains { $0.contains("'slow'") })

        // Still not back: it is left alone, and nobody waits for it.
        var names: [String] = []
        func collect() async throws {
            try Task.checkCancellation()
            names = await test.telemetry.metrics.collect(for: .preferred).map(\.name)
        }
        while names.isEmpty { try await collect() }
        #expect(names == ["quick"])
        #expect(calls.load(ordering: .relaxed) == 1)

        opener.yield()
        while names.count < 2 { try await collect() }
        #expect(names == ["quick", "slow"])
    }

    @Test(
        "observable counters over delta say what was added, all of it where they began again, and no change not at all")
    func observableDelta() async throws {
        let test = try MetricTest { $0.metricTemporality = .delta }
        let value = Atomic(10)
        test.meter.observableCounter("total") { $0.observe(value.load(ordering: .relaxed)) }
        var seen: [NumberValue?] = []
        for next in [10, 15, 15, 4] {
            value.store(next, ordering: .relaxed)
            seen.append(await test.exported()["total"]?.values.first)
        }
        #expect(seen == [.int(10), .int(5), nil, .int(4)])
    }
}
