import ClewFakeCollector
import ClewModel
import CoreMetrics

private let facade = "swift-metrics"
private let sdk = "OpenTelemetry Metrics SDK"

extension ConformanceCheck {
    static let metrics: [ConformanceCheck] = [
        .init(.metrics, "counter", "a counter is a monotonic sum", source: "\(facade), “Counter”") {
            let counter = Counter(label: "metric", factory: try $0.metrics)
            counter.increment()
            counter.increment(by: 41)
            try await $0.expectMetric(.counter, value: 42)
        },
        .init(
            .metrics, "float-counter", "a floating-point counter keeps fractions",
            source: "\(facade), “FloatingPointCounter”"
        ) {
            let counter = FloatingPointCounter(label: "metric", factory: try $0.metrics)
            counter.increment(by: 0.5)
            counter.increment(by: 0.25)
            try await $0.expectMetric(.counter, value: 0.75)
        },
        .init(.metrics, "meter-set", "a meter that is set is a gauge of the last value", source: "\(facade), “Meter”") {
            let meter = Meter(label: "metric", factory: try $0.metrics)
            meter.set(9)
            meter.set(-2.5)
            try await $0.expectMetric(.gauge, value: -2.5)
        },
        .init(.metrics, "meter-moved", "a meter moves up and down", source: "\(facade), “Meter”") {
            let meter = Meter(label: "metric", factory: try $0.metrics)
            meter.increment()
            meter.increment(by: 2.5)
            meter.decrement()
            $0.expectEqual(try await $0.metric("metric").value(), 2.5, "value")
        },
        .init(
            .metrics, "meter-concurrent", "a meter that many tasks move comes back to where it was",
            source: "\(facade), “Meter”"
        ) { run in
            let meter = Meter(label: "metric", factory: try run.metrics)
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<1000 {
                            meter.increment()
                            meter.decrement()
                        }
                    }
                }
            }
            meter.increment()
            run.expectEqual(try await run.metric("metric").value(), 1, "value")
        },
        .init(.metrics, "recorder", "a recorder that aggregates is a histogram", source: "\(facade), “Recorder”") {
            let recorder = Recorder(label: "metric", factory: try $0.metrics)
            recorder.record(1)
            recorder.record(2.5)
            try await $0.expectMetric(.histogram, value: 3.5)
            $0.expectEqual($0.received.metric("metric")?.count(), 2, "measurements")
        },
        .init(
            .metrics, "recorder-last", "a recorder that does not aggregate is a gauge of the last value",
            source: "\(facade), “Recorder”"
        ) {
            let recorder = Recorder(label: "metric", aggregate: false, factory: try $0.metrics)
            recorder.record(1)
            recorder.record(7)
            try await $0.expectMetric(.gauge, value: 7)
        },
        .init(
            .metrics, "timer", "a timer is a histogram of durations in the unit that it names",
            source: "\(facade), “Timer”"
        ) {
            let timer = Timer(label: "metric", factory: try $0.metrics)
            timer.recordNanoseconds(1_500_000_000)
            timer.recordMilliseconds(500)
            let metric = try await $0.metric("metric")
            let units = ["s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9]
            guard let scale = units[metric.unit] else {
                throw ConformanceViolation("the unit is '\(metric.unit)', which is none of s, ms, us, ns")
            }
            $0.expectEqual(metric.kind, .histogram, "kind")
            $0.expectEqual(metric.count(), 2, "measurements")
            let sum = (metric.value() ?? 0) / scale
            $0.expect(abs(sum - 2) < 1e-6, "the sum is \(sum) s instead of 2 s")
        },
        .init(
            .metrics, "buckets", "a histogram's buckets fit its bounds, and hold every measurement",
            source: "opentelemetry-proto, HistogramDataPoint"
        ) {
            let recorder = Recorder(label: "metric", factory: try $0.metrics)
            for value in [-1.0, 0, 0.001, 1, 10, 1e9] { recorder.record(value) }
            let metric = try await $0.metric("metric")
            $0.expectEqual(metric.count(), 6, "measurements")
            guard let point = metric.points.first?.histogram else {
                throw ConformanceSkip("the buckets are exponential")
            }
            $0.expectEqual(point.bucketCounts.reduce(0, +), 6, "measurements in buckets")
            $0.expectEqual(point.bucketCounts.count, point.explicitBounds.count + 1, "buckets")
            $0.expect(
                zip(point.explicitBounds, point.explicitBounds.dropFirst()).allSatisfy(<), "the bounds do not ascend")
        },
        .init(
            .metrics, "dimensions", "dimensions become attributes, and each set its own point",
            source: "\(facade), “Metric types”"
        ) {
            let factory = try $0.metrics
            Counter(label: "metric", dimensions: [("method", "GET"), ("route", "/a")], factory: factory).increment(
                by: 2)
            Counter(label: "metric", dimensions: [("method", "GET"), ("route", "/b")], factory: factory).increment(
                by: 3)
            let metric = try await $0.metric("metric")
            $0.expectEqual(metric.points.count, 2, "points")
            $0.expectEqual(metric.value(where: ["method": "GET", "route": "/a"]), 2, "value of /a")
            $0.expectEqual(metric.value(where: ["method": "GET"]), 5, "value of GET")
        },
        .init(
            .metrics, "same-instrument", "the same label and dimensions are the same instrument",
            source: "\(facade), “MetricsFactory”"
        ) {
            let factory = try $0.metrics
            Counter(label: "metric", dimensions: [("a", "1"), ("b", "2")], factory: factory).increment()
            Counter(label: "metric", dimensions: [("a", "1"), ("b", "2")], factory: factory).increment()
            Timer(label: "timer", factory: factory).recordNanoseconds(1)
            Timer(label: "timer", factory: factory).recordNanoseconds(1)
            $0.expectEqual(try await $0.metric("metric").points.map(\.value), [2], "values")
            $0.expectEqual(try await $0.metric("timer").points.map(\.count), [2], "measurements")
        },
        .init(
            .metrics, "dimension-order", "the order of dimensions makes no other instrument",
            source: "OpenTelemetry Common, “Attribute Collections”"
        ) {
            let factory = try $0.metrics
            Counter(label: "metric", dimensions: [("a", "1"), ("b", "2")], factory: factory).increment()
            Counter(label: "metric", dimensions: [("b", "2"), ("a", "1")], factory: factory).increment()
            $0.expectEqual(try await $0.metric("metric").points.map(\.value), [2], "values")
        },
        .init(.metrics, "exports", "what is measured between exports is counted once", source: "\(sdk), “MetricReader”")
        {
            let counter = Counter(label: "metric", factory: try $0.metrics)
            let timer = Timer(label: "timer", factory: try $0.metrics)
            for _ in 0..<3 {
                counter.increment(by: 2)
                timer.recordNanoseconds(1)
                try await $0.flush()
            }
            $0.expectEqual(try await $0.metric("metric").value(), 6, "total after four exports")
            $0.expectEqual(try await $0.metric("timer").count(), 3, "measurements after four exports")
        },
        .init(
            .metrics, "times", "a point does not start after it was read",
            source: "OpenTelemetry Metrics Data Model, “Temporality”"
        ) { run in
            Counter(label: "metric", factory: try run.metrics).increment()
            _ = try await run.metric("metric")
            for metric in run.received.metrics {
                guard case .sum(let points, let temporality, _) = metric.data else { continue }
                run.expect(temporality != .unspecified, "the temporality is not specified")
                run.expect(
                    points.allSatisfy { $0.context.start > 0 && $0.context.start <= $0.context.time },
                    "a point has no start, or one after its time")
            }
        },
        .init(.metrics, "destroy", "a destroyed instrument can be made again", source: "\(facade), “MetricsFactory”") {
            let factory = try $0.metrics
            let counter = Counter(label: "metric", factory: factory)
            counter.increment()
            counter.destroy()
            Timer(label: "timer", factory: factory).destroy()
            Counter(label: "metric", factory: factory).increment(by: 2)
            // Whether the first one is forgotten is for the backend to say.
            let value = try await $0.metric("metric").value()
            $0.expect(value == 2 || value == 3, "the value is \(String(describing: value)) instead of 2, or 3")
        },
        .init(.metrics, "reset", "a counter begins again after a reset", source: "\(facade), “Counter.reset”") {
            let counter = Counter(label: "metric", factory: try $0.metrics)
            counter.increment(by: 5)
            counter.reset()
            counter.increment(by: 2)
            $0.expectEqual(try await $0.metric("metric").value(), 2, "value")
        },
        .init(.metrics, "negative", "a counter does not go down", source: "OpenTelemetry Metrics API, “Counter”") {
            let (whole, float) = (
                Counter(label: "metric", factory: try $0.metrics),
                FloatingPointCounter(label: "float", factory: try $0.metrics)
            )
            whole.increment(by: 5)
            whole.increment(by: -3)
            float.increment(by: 0.5)
            float.increment(by: -0.25)
            $0.expect((try await $0.metric("metric").value() ?? 0) >= 5, "the counter went down")
            $0.expect((try await $0.metric("float").value() ?? 0) >= 0.5, "the floating-point counter went down")
        },
        .init(
            .metrics, "not-a-number", "values that are no numbers spoil nothing",
            source: "\(sdk), “Numerical limits handling”"
        ) {
            let counter = FloatingPointCounter(label: "counter", factory: try $0.metrics)
            let recorder = Recorder(label: "recorder", factory: try $0.metrics)
            let meter = Meter(label: "meter", factory: try $0.metrics)
            for value in [1.0, .nan, .infinity, -.infinity] {
                counter.increment(by: value)
                recorder.record(value)
                meter.increment(by: value)
            }
            $0.expectEqual(try await $0.metric("counter").value(), 1, "the counter")
            $0.expectEqual(try await $0.metric("meter").value(), 1, "the meter")
            $0.expect(try await $0.metric("recorder").value()?.isFinite ?? false, "the sum is not finite")
        },
        .init(
            .metrics, "overflow", "a counter at its limit neither ends the process nor falls",
            source: "\(sdk), “Numerical limits handling”"
        ) {
            let counter = Counter(label: "metric", factory: try $0.metrics)
            counter.increment(by: Int64.max)
            counter.increment(by: Int64.max)
            let value = try await $0.metric("metric").value() ?? 0
            $0.expect(value >= Double(Int64.max), "the value is \(value)")
        },
        .init(
            .metrics, "concurrency", "increments of many tasks are all counted",
            source: "\(sdk), “Concurrency requirements”"
        ) { run in
            let counter = Counter(label: "metric", factory: try run.metrics)
            let timer = Timer(label: "timer", factory: try run.metrics)
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<5000 {
                            counter.increment()
                            timer.recordNanoseconds(1000)
                        }
                    }
                    group.addTask { try? await run.flush() }
                }
            }
            run.expectEqual(try await run.metric("metric").value(), 40_000, "total")
            run.expectEqual(try await run.metric("timer").count(), 40_000, "measurements")
        },
        .init(
            .metrics, "cardinality", "attribute sets beyond the limit share one point, and nothing is lost",
            source: "\(sdk), “Cardinality limits”"
        ) {
            let factory = try $0.metrics
            for index in 0..<3000 {
                Counter(label: "metric", dimensions: [("user", "\(index)")], factory: factory).increment()
            }
            let metric = try await $0.metric("metric")
            $0.expect(metric.points.count <= 2001, "\(metric.points.count) points were exported")
            $0.expectEqual(metric.value(), 3000, "total")
            $0.expectEqual(
                metric.points(where: ["otel.metric.overflow": true]).count, 1, "points marked otel.metric.overflow")
        },
        .init(.metrics, "resource", "metrics name their service", source: "OpenTelemetry Resource SDK") { run in
            Counter(label: "metric", factory: try run.metrics).increment()
            _ = try await run.metric("metric")
            run.expect(
                run.received.metrics.allSatisfy { $0.resource.serviceName == ConformanceRun.serviceName },
                "a metric names another service")
        },
    ]
}

extension ConformanceRun {
    /// The metric `metric` has this kind and this value in all.
    fileprivate func expectMetric(_ kind: MetricReading.Kind, value: Double) async throws {
        let metric = try await metric("metric")
        expectEqual(metric.kind, kind, "kind")
        expectEqual(metric.value(), value, "value")
    }
}
