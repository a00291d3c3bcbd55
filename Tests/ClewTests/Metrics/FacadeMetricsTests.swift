import ClewModel
import ClewTesting
import CoreMetrics
import Testing

@testable import Clew

@Suite("Metrics of swift-metrics")
struct FacadeMetricsTests {
    /// What is exported after `body` used the factory.
    func exported(_ body: (ClewMetricsFactory) -> Void) async throws -> [String: Metric] {
        let test = try TestTelemetry()
        body(test.telemetry.metricsFactory)
        await test.telemetry.flush()
        // Cumulative: the last export says all.
        return Dictionary(test.exporter.metrics.map { ($0.name, $0) }) { $1 }
    }

    func values(_ metric: Metric?) -> [NumberValue] {
        switch metric?.data {
        case .sum(let points, _, _), .gauge(let points): points.map(\.value)
        default: []
        }
    }

    @Test("counters are cumulative, monotonic, and one for the same name and dimensions")
    func counters() async throws {
        let metrics = try await exported { factory in
            Counter(label: "hits", dimensions: [("a", "1"), ("b", "2")], factory: factory).increment(by: 2)
            Counter(label: "hits", dimensions: [("b", "2"), ("a", "1")], factory: factory).increment(by: 3)
            Counter(label: "hits", factory: factory).increment(by: Int64.max)
            Counter(label: "hits", factory: factory).increment(by: 1)
            Counter(label: "hits", factory: factory).increment(by: -5)
            FloatingPointCounter(label: "cost", factory: factory).increment(by: 0.5)
            FloatingPointCounter(label: "cost", factory: factory).increment(by: Double.nan)
        }
        guard case .sum(let points, .cumulative, isMonotonic: true)? = metrics["hits"]?.data else {
            Issue.record("no sum")
            return
        }
        #expect(points.count == 2)
        let labelled = try #require(points.first { !$0.context.attributes.isEmpty })
        #expect(labelled.value == .int(5))
        #expect(labelled.context.attributes == [Attribute("a", "1"), Attribute("b", "2")])
        #expect(labelled.context.start > 0 && labelled.context.start <= labelled.context.time)
        #expect(points.contains { $0.value == .int(.max) })
        #expect(values(metrics["cost"]) == [.double(0.5)])
    }

    @Test("a meter that is set is a gauge, one that only moves is an up-down counter")
    func meters() async throws {
        let metrics = try await exported { factory in
            Meter(label: "depth", factory: factory).set(7)
            let active = Meter(label: "http.server.active_requests", factory: factory)
            active.increment()
            active.increment(by: 2)
            active.decrement()
            Recorder(label: "last", aggregate: false, factory: factory).record(3)
        }
        guard case .gauge? = metrics["depth"]?.data,
            case .sum(_, .cumulative, isMonotonic: false)? = metrics["http.server.active_requests"]?.data
        else {
            Issue.record("wrong kinds")
            return
        }
        #expect(metrics["http.server.active_requests"]?.unit == "{request}")
        #expect(values(metrics["http.server.active_requests"]) == [.double(2)])
        #expect(values(metrics["depth"]) == [.int(7)])
        #expect(values(metrics["last"]) == [.int(3)])
    }

    @Test("a timer is a histogram in seconds with the conventions' buckets, whose upper bounds are inclusive")
    func timers() async throws {
        let metrics = try await exported { factory in
            let timer = Timer(
                label: "http.server.request.duration", dimensions: [("http.response.status_code", "200")],
                factory: factory)
            for milliseconds in [5, 6, 20_000] { timer.recordMilliseconds(milliseconds) }
            Timer(label: "db.client.operation.duration", factory: factory).recordNanoseconds(1)
        }
        guard case .histogram(let points, .cumulative)? = metrics["http.server.request.duration"]?.data,
            case .histogram(let database, _)? = metrics["db.client.operation.duration"]?.data
        else {
            Issue.record("no histogram")
            return
        }
        let point = points[0]
        #expect(metrics["http.server.request.duration"]?.unit == "s")
        #expect(point.explicitBounds == SemanticConventions.httpDurationBuckets)
        #expect(point.bucketCounts == [1, 1] + Array(repeating: 0, count: 12) + [1])
        #expect(point.count == 3)
        #expect(abs((point.sum ?? 0) - 20.011) < 1e-9)
        #expect([point.min, point.max] == [0.005, 20])
        #expect(point.context.attributes["http.response.status_code"] == 200)
        #expect(database[0].explicitBounds == SemanticConventions.dbDurationBuckets)
    }

    @Test("beyond 2000 attribute sets all further ones share one marked point, and nothing is lost")
    func cardinality() async throws {
        let metrics = try await exported { factory in
            for index in 0..<2500 {
                Counter(label: "hits", dimensions: [("user", "\(index)")], factory: factory).increment()
            }
        }
        guard case .sum(let points, _, _)? = metrics["hits"]?.data else {
            Issue.record("no sum")
            return
        }
        #expect(points.count == 2000)
        let overflow = points.filter { $0.context.attributes["otel.metric.overflow"] == true }
        #expect(overflow.map(\.value) == [.int(501)])
    }

    @Test("a counter that is destroyed is reported no more")
    func destroyed() async throws {
        let metrics = try await exported { factory in
            let counter = Counter(label: "gone", factory: factory)
            counter.increment()
            counter.destroy()
            Counter(label: "kept", factory: factory).increment()
        }
        #expect(values(metrics["gone"]).isEmpty)
        #expect(values(metrics["kept"]) == [.int(1)])
    }

    @Test("a counter that is made again after its end begins at zero")
    func remade() async throws {
        let metrics = try await exported { factory in
            let counter = Counter(label: "hits", factory: factory)
            counter.increment(by: 5)
            counter.destroy()
            Counter(label: "hits", factory: factory).increment(by: 2)
        }
        #expect(values(metrics["hits"]) == [.int(2)])
    }

    @Test("a counter reports zero before its first increment, so that rates of the first ones can be told")
    func zero() async throws {
        let metrics = try await exported { factory in
            _ = Counter(label: "errors", factory: factory)
            _ = Timer(label: "duration", factory: factory)
        }
        #expect(values(metrics["errors"]) == [.int(0)])
        #expect(metrics["duration"] == nil)
    }

    @Test("a reset counter begins again at zero with a new start")
    func reset() async throws {
        let clock = ManualClock()
        let test = try MetricTest(clock: clock.clock)
        let counter = Counter(label: "hits", factory: test.factory)
        counter.increment(by: 5)
        clock.advance(by: .seconds(1))
        counter.reset()
        counter.increment(by: 2)
        let point = try #require(await test.exported()["hits"]?.numbers.first)
        #expect(point.value == .int(2))
        #expect(point.context.start == point.context.time)
    }

    @Test("a timer exports seconds, whatever unit it prefers to be displayed in")
    func displayUnit() async throws {
        let metrics = try await exported { factory in
            Timer(label: "t", preferredDisplayUnit: .milliseconds, factory: factory).recordMilliseconds(250)
        }
        #expect(metrics["t"]?.unit == "s")
        #expect(metrics["t"]?.histograms.first?.sum == 0.25)
    }

    @Test("beyond 1000 names nothing more is recorded, one line says so, and the requests are counted")
    func names() async throws {
        let test = try MetricTest()
        for index in 0..<1500 { Counter(label: "user.\(index)", factory: test.factory).increment() }
        let metrics = await test.exported()
        #expect(metrics.count == 1001)
        #expect(metrics["clew.metrics.refused_instruments"]?.values == [.int(500)])
        #expect(test.test.lines.filter { $0.contains("'user.1000'") }.count == 1)
        #expect(!test.test.lines.contains { $0.contains("'user.1001'") })
    }

    @Test("the order of dimensions does not matter, and of a repeated one the last counts")
    func dimensions() async throws {
        let metrics = try await exported { factory in
            for dimensions in [
                [("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")], [("a", "0"), ("b", "2"), ("a", "1")],
            ] {
                Counter(label: "hits", dimensions: dimensions, factory: factory).increment()
            }
        }
        #expect(metrics["hits"]?.value([Attribute("a", "1"), Attribute("b", "2")]) == .int(3))
        #expect(metrics["hits"]?.numbers.count == 1)
    }

    #if THREAD_SANITIZER
        // The sanitizer takes its time, and memory of its own.
        static let users = 25_000
        static let memoryLimit = Int.max
    #else
        static let users = 125_000
        static let memoryLimit = 64 << 20
    #endif

    /// Eight ways of counting one for a user, the last of them when it is asked.
    func ways(_ test: MetricTest) -> [@Sendable (Int) -> Void] {
        let factory = test.factory
        let (orders, stock) = (test.meter.counter("orders"), test.meter.upDownCounter("stock"))
        let sizes = test.meter.histogram("sizes")
        test.meter.observableCounter("observed") { observer in
            for user in 0..<Self.users { observer.observe(1, [Attribute("user", .int(Int64(user)))]) }
        }
        return [
            { Counter(label: "hits", dimensions: [("user", "\($0)")], factory: factory).increment() },
            { FloatingPointCounter(label: "cost", dimensions: [("user", "\($0)")], factory: factory).increment() },
            { Meter(label: "active", dimensions: [("user", "\($0)")], factory: factory).increment() },
            { Recorder(label: "waits", dimensions: [("user", "\($0)")], factory: factory).record(1) },
            { orders.add(1, [Attribute("user", .int(Int64($0)))]) },
            { stock.add(1, [Attribute("user", .int(Int64($0)))]) },
            { sizes.record(1, [Attribute("user", .int(Int64($0)))]) },
        ]
    }

    /// How much each point counts, by its attributes.
    func counts(_ metric: Metric) -> [Attributes: Int64] {
        var counts: [Attributes: Int64] = [:]
        for point in metric.numbers {
            switch point.value {
            case .none: break
            case .int(let value): counts[point.context.attributes] = value
            case .double(let value): counts[point.context.attributes] = Int64(value)
            }
        }
        for point in metric.histograms { counts[point.context.attributes] = Int64(point.count) }
        return counts
    }

    @Test("a million attribute values by eight ways of counting leave 2000 streams each, right totals and flat memory")
    func unbounded() async throws {
        // Manual, so that the callback has the time that it takes.
        let test = try MetricTest(clock: ManualClock().clock)
        // Where the system does not tell, nothing grows.
        let before = ProcessStatus()?.residentBytes ?? 0
        await withDiscardingTaskGroup { group in
            for count in ways(test) {
                group.addTask { for user in 0..<Self.users { count(user) } }
            }
        }
        let metrics = await test.exported()
        #expect((ProcessStatus()?.residentBytes ?? 0) - before < Self.memoryLimit)
        #expect(metrics.count == 8)
        for (name, metric) in metrics {
            let counts = counts(metric)
            // An instrument of the meter keeps a place for measurements without attributes.
            #expect((1999...2000).contains(counts.count), "\(name)")
            #expect(counts.values.reduce(0, +) == Int64(Self.users), "\(name)")
            let rest = Int64(Self.users - counts.count + 1)
            #expect(counts[[Attribute("otel.metric.overflow", true)]] == rest, "\(name)")
        }
    }

    @Test("where the library is disabled, nothing is recorded")
    func disabled() async throws {
        let test = try MetricTest { $0.isDisabled = true }
        Counter(label: "hits", factory: test.factory).increment()
        let text = String(decoding: await test.telemetry.prometheusText().body, as: UTF8.self)
        #expect(!text.contains("hits"))
    }
}
