import ClewModel
public import CoreMetrics

/// The library's backend for swift-metrics, with cumulative aggregation.
///
/// `Counter` and `FloatingPointCounter` are monotonic sums; `Meter` is a gauge, or an up-down counter where it is only
/// incremented and decremented; `Recorder` is a histogram where it aggregates, else a gauge; `Timer` is a histogram in
/// seconds.
public struct ClewMetricsFactory: MetricsFactory {
    private let registry: MetricRegistry

    init(_ registry: MetricRegistry) {
        self.registry = registry
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        registry.stream(label, .counter, dimensions) { SumStream($0, zero: .int(0), clock: $1) }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        registry.stream(label, .floatingPointCounter, dimensions) { SumStream($0, zero: .double(0), clock: $1) }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        registry.stream(label, .gauge, dimensions) { GaugeStream($0, clock: $1) }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            registry.stream(label, .histogram, dimensions) {
                HistogramStream($0, bounds: InstrumentUnits.bounds(of: label, .histogram), clock: $1)
            }
        } else {
            registry.stream(label, .gauge, dimensions) { GaugeStream($0, clock: $1) }
        }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        registry.stream(label, .timer, dimensions) {
            HistogramStream($0, bounds: InstrumentUnits.bounds(of: label, .timer), clock: $1)
        }
    }

    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    private func destroy(_ handler: AnyObject) {
        if let stream = handler as? any MetricStream { registry.remove(stream) }
    }
}
