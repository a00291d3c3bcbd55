import ClewModel
public import CoreMetrics

/// The library's backend for swift-metrics.
///
/// `Counter` and `FloatingPointCounter` are monotonic sums; `Meter` is a gauge, or an up-down counter where it is only
/// incremented and decremented; `Recorder` is a histogram where it aggregates, else a gauge; `Timer` is a histogram in
/// seconds, whatever unit it prefers to be displayed in.
///
/// Asking again for the same label and dimensions gives the same handler, so making a `Counter` or `Timer` at each use is
/// right, and costs a lookup. What the facade cannot say (units, descriptions, buckets, typed attributes, observable
/// instruments), a ``ClewMeter`` can.
public struct ClewMetricsFactory: MetricsFactory {
    private let registry: MetricRegistry

    init(_ registry: MetricRegistry) {
        self.registry = registry
    }

    private func handle(_ form: InstrumentForm, _ label: String, _ dimensions: [(String, String)]) -> any MetricHandle {
        registry.defaultScope.instrument(form, label)?.handle(dimensions) ?? MetricFanOut.dropped
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        handle(.counter, label, dimensions)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        handle(.floatingPointCounter, label, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        handle(.gauge, label, dimensions)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        handle(aggregate ? .histogram : .gauge, label, dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        handle(.timer, label, dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    private func destroy(_ handler: AnyObject) {
        if let handle = handler as? any MetricHandle { registry.remove(handle) }
    }
}
