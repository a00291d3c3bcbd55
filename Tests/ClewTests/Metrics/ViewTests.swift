import ClewModel
import CoreMetrics
import Testing

@testable import Clew

@Suite("Views")
struct ViewTests {
    @Test(
        "wildcards stand for any characters and for exactly one",
        arguments: [
            ("http.server.*", "http.server.request.duration", true), ("*", "", true), ("a?c", "abc", true),
            ("a?c", "ac", false), ("*.duration", "db.duration.x", false), ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false), ("", "", true), ("ab", "a", false), ("?", "é", true),
            (String(repeating: "*a", count: 50), String(repeating: "a", count: 49), false),
        ])
    func wildcards(pattern: String, name: String, isSelected: Bool) {
        #expect(MetricView(pattern).selects(name, .counter, unit: "", scope: "clew") == isSelected)
    }

    @Test("instruments are selected by kind, unit and scope too")
    func selection() {
        func selects(_ view: MetricView) -> Bool { view.selects("n", .counter, unit: "s", scope: "clew") }
        #expect(selects(MetricView("n", kind: .counter, unit: "s", scope: "clew")))
        #expect(!selects(MetricView("n", kind: .gauge)))
        #expect(!selects(MetricView("n", unit: "ms")))
        #expect(!selects(MetricView("n", scope: "other")))
    }

    @Test("what a view calls, describes, divides, and drops")
    func changes() async throws {
        let test = try MetricTest {
            $0.views = [
                MetricView("old", name: "new", description: "renamed"),
                MetricView("debug.*", aggregation: .drop),
                MetricView("size", aggregation: .histogram(.explicit([1]))),
                MetricView("wait", aggregation: .histogram(.exponential(maximumBuckets: 4))),
                MetricView("sum", aggregation: .sum),
                MetricView("last", aggregation: .lastValue),
                MetricView("wild*", name: "all"),
            ]
        }
        test.meter.counter("old").add(1)
        Counter(label: "debug.x", factory: test.factory).increment()
        Recorder(label: "size", factory: test.factory).record(2)
        Timer(label: "wait", factory: test.factory).recordSeconds(2)
        for value in [1.5, 2] {
            test.meter.histogram("sum").record(value)
            test.meter.histogram("last").record(value)
        }
        test.meter.counter("wild.a").add(1)
        let metrics = await test.exported()
        #expect(Set(metrics.keys) == ["new", "size", "wait", "sum", "last", "wild.a"])
        #expect(metrics["new"]?.description == "renamed")
        #expect(metrics["size"]?.histograms.first?.explicitBounds == [1])
        #expect(metrics["wait"]?.exponentialHistograms.count == 1)
        #expect(metrics["sum"]?.values == [.double(3.5)])
        #expect(metrics["last"]?.values == [.double(2)])
        #expect(test.test.lines.contains { $0.contains("'wild*' cannot rename") })
    }

    @Test("streams that become equal by the attributes that are kept are one, with everything in it")
    func keptAttributes() async throws {
        let test = try MetricTest {
            $0.views = [MetricView("*", attributes: .keep(["route"]))]
            $0.exemplarFilter = .alwaysOn
        }
        for user in 0..<5000 {
            let dimensions = [("user", "\(user)"), ("route", "/\(user % 2)")]
            Counter(label: "hits", dimensions: dimensions, factory: test.factory).increment()
            Timer(label: "time", dimensions: dimensions, factory: test.factory).recordSeconds(1)
        }
        let meter = Meter(label: "active", dimensions: [("user", "a")], factory: test.factory)
        meter.increment()
        Meter(label: "active", dimensions: [("user", "b")], factory: test.factory).increment()
        test.meter.observableCounter("seen") { observer in
            for user in 0..<10 { observer.observe(2, [Attribute("user", .int(Int64(user))), Attribute("route", "/")]) }
        }
        let metrics = await test.exported()
        #expect(metrics["hits"]?.value([Attribute("route", "/0")]) == .int(2500))
        #expect(metrics["hits"]?.value([Attribute("route", "/1")]) == .int(2500))
        #expect(metrics["hits"]?.numbers.count == 2)
        #expect(metrics["time"]?.histograms.map(\.count) == [2500, 2500])
        #expect(metrics["active"]?.values == [.double(2)])
        #expect(metrics["seen"]?.value([Attribute("route", "/")]) == .int(20))
        let exemplar = try #require(metrics["time"]?.histograms.first?.context.exemplars.first)
        #expect(exemplar.filteredAttributes.map(\.key) == ["user"])
    }

    @Test("an instrument that two views select is exported twice, one that all drop not at all")
    func severalViews() async throws {
        let test = try MetricTest {
            $0.views = [
                MetricView("hits", name: "by.route", attributes: .leaveOut(["user"])),
                MetricView("hits", name: "total", attributes: .keep([])),
                MetricView("gone", aggregation: .drop), MetricView("gone", aggregation: .drop),
            ]
        }
        for user in 0..<4 {
            test.meter.counter("hits").add(1, [Attribute("user", .int(Int64(user))), Attribute("route", "/")])
        }
        test.meter.counter("gone").add(1)
        let metrics = await test.exported()
        #expect(metrics["by.route"]?.value([Attribute("route", "/")]) == .int(4))
        #expect(metrics["total"]?.value([]) == .int(4))
        #expect(Set(metrics.keys) == ["by.route", "total"])
    }

    @Test("a view has its own cardinality limit, which observable instruments keep too")
    func limits() async throws {
        let test = try MetricTest {
            $0.cardinalityLimit = 10
            $0.views = [MetricView("small", cardinalityLimit: 3)]
        }
        for user in 0..<100 {
            for name in ["small", "other"] { test.meter.counter(name).add(1, [Attribute("user", .int(Int64(user)))]) }
        }
        test.meter.observableCounter("seen") { observer in
            for user in 0..<100 { observer.observe(1, [Attribute("user", .int(Int64(user)))]) }
        }
        let metrics = await test.exported()
        for (name, limit) in [("small", 3), ("other", 10), ("seen", 10)] {
            #expect((metrics[name]?.numbers.count ?? .max) <= limit)
            #expect(metrics[name]?.total == 100)
        }
    }

    @Test("destroying a counter that a view joined with others leaves the others alone")
    func destroyed() async throws {
        let test = try MetricTest { $0.views = [MetricView("hits", attributes: .keep([]))] }
        let counters = ["a", "b"].map { Counter(label: "hits", dimensions: [("user", $0)], factory: test.factory) }
        counters.forEach { $0.increment() }
        counters[0].destroy()
        counters[1].increment()
        #expect(await test.exported()["hits"]?.values == [.int(3)])
    }
}
