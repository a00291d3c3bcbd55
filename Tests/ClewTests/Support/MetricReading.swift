import Clew
import ClewModel
import ClewTesting

/// A telemetry whose metrics a test reads collection by collection, with a clock that it moves.
struct MetricTest {
    let test: TestTelemetry
    var telemetry: Telemetry { test.telemetry }
    var factory: ClewMetricsFactory { telemetry.metricsFactory }
    var meter: ClewMeter { telemetry.meter }

    init(clock: TelemetryClock = .system, _ change: (inout Telemetry.Configuration) -> Void = { _ in }) throws {
        var configuration = Telemetry.Configuration(service: "orders")
        change(&configuration)
        test = try TestTelemetry(configuration, clock: clock)
    }

    /// What one more export holds, by name.
    func exported() async -> [String: Metric] {
        let before = test.exporter.metrics.count
        await telemetry.flush()
        return Dictionary(test.exporter.metrics.dropFirst(before).map { ($0.name, $0) }) { $1 }
    }
}

extension Metric {
    var numbers: [NumberPoint] {
        switch data {
        case .sum(let points, _, _), .gauge(let points): points
        default: []
        }
    }

    var values: [NumberValue] { numbers.map(\.value) }

    var histograms: [ClewModel.HistogramPoint] {
        if case .histogram(let points, _) = data { points } else { [] }
    }

    var exponentialHistograms: [ExponentialHistogramPoint] {
        if case .exponentialHistogram(let points, _) = data { points } else { [] }
    }

    var temporality: AggregationTemporality? {
        switch data {
        case .sum(_, let temporality, _), .histogram(_, let temporality), .exponentialHistogram(_, let temporality):
            temporality
        default: nil
        }
    }

    /// The sum of all integer points.
    var total: Int64 {
        numbers.reduce(0) { sum, point in
            if case .int(let value) = point.value { sum + value } else { sum }
        }
    }

    func value(_ attributes: Attributes) -> NumberValue? {
        numbers.first { $0.context.attributes == attributes }?.value
    }
}
