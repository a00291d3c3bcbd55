/// Makes instruments with what swift-metrics cannot say: units, descriptions, buckets, typed attributes, and values that
/// are asked for when metrics are collected.
///
/// ```swift
/// let orders = telemetry.meter.counter("orders.placed", unit: "{order}", description: "Orders that were taken.")
/// orders.add(1, ["payment": "card"])
/// let card = orders.with(["payment": "card"])   // for hot paths: found once, added to in a few nanoseconds
/// card.add(1)
/// telemetry.meter.observableGauge("queue.depth", of: queue) { queue, observer in observer.observe(queue.count) }
/// ```
///
/// Asking again for the same name gives the same instrument. Units are UCUM, for example `s`, `By` or `{order}`. Nothing
/// here fails or waits: beyond 1000 instruments further ones record nothing, with a warning.
///
/// Source: OpenTelemetry Metrics API.
public struct ClewMeter: Sendable {
    private let scope: MetricScope

    init(_ scope: MetricScope) {
        self.scope = scope
    }

    /// A sum of whole numbers that only grows.
    public func counter(_ name: String, unit: String = "", description: String = "") -> ClewCounter<Int> {
        ClewCounter(instrument(name, .counter, unit, description))
    }

    /// A sum of floating-point numbers that only grows.
    public func floatingPointCounter(_ name: String, unit: String = "", description: String = "") -> ClewCounter<Double>
    {
        ClewCounter(instrument(name, .floatingPointCounter, unit, description))
    }

    /// A sum that grows and shrinks.
    public func upDownCounter(_ name: String, unit: String = "", description: String = "") -> ClewUpDownCounter {
        ClewUpDownCounter(instrument(name, .upDownCounter, unit, description))
    }

    /// A value of which the last counts.
    public func gauge(_ name: String, unit: String = "", description: String = "") -> ClewGauge {
        ClewGauge(instrument(name, .gauge, unit, description))
    }

    /// A distribution.
    ///
    /// - Parameter buckets: `nil` for those of the conventions for durations in seconds, else the SDK's default.
    ///   Boundaries are advice: where ``Telemetry/Configuration/histogramAggregation`` is exponential, that is used.
    public func histogram(
        _ name: String, unit: String = "", description: String = "", buckets: HistogramBuckets? = nil
    ) -> ClewHistogram {
        ClewHistogram(instrument(name, .histogram, unit, description, buckets))
    }

    private func instrument(
        _ name: String, _ form: InstrumentForm, _ unit: String, _ text: String, _ buckets: HistogramBuckets? = nil
    ) -> InstrumentHandle {
        InstrumentHandle(
            scope.instrument(
                InstrumentDescription(name: name, form: form, unit: unit, text: text, buckets: buckets)))
    }
}

// MARK: - Observable instruments

extension ClewMeter {
    /// A sum that only grows, which the callback knows.
    ///
    /// A callback is asked at each collection, in a task of its own. All of them have one second, after which their tasks
    /// are cancelled and their values left out of the collection; one that has not come back is not asked again until it
    /// has. It must not block its thread for long.
    ///
    /// - Parameters:
    ///   - owner: Held weakly: when it is gone, so is the callback.
    ///   - callback: Gives the observer the sum of this moment, once for each set of attributes.
    /// - Returns: With what the callback can be removed.
    @discardableResult
    public func observableCounter<Owner: AnyObject & Sendable>(
        _ name: String, unit: String = "", description: String = "", of owner: Owner,
        _ callback: @escaping @Sendable (Owner, MetricObserver) async -> Void
    ) -> MetricObservation {
        observe(.observableCounter, name, unit, description, owner, callback)
    }

    /// A sum that grows and shrinks, which the callback knows; see ``observableCounter(_:unit:description:of:_:)``.
    @discardableResult
    public func observableUpDownCounter<Owner: AnyObject & Sendable>(
        _ name: String, unit: String = "", description: String = "", of owner: Owner,
        _ callback: @escaping @Sendable (Owner, MetricObserver) async -> Void
    ) -> MetricObservation {
        observe(.observableUpDownCounter, name, unit, description, owner, callback)
    }

    /// A value that the callback knows; see ``observableCounter(_:unit:description:of:_:)``.
    @discardableResult
    public func observableGauge<Owner: AnyObject & Sendable>(
        _ name: String, unit: String = "", description: String = "", of owner: Owner,
        _ callback: @escaping @Sendable (Owner, MetricObserver) async -> Void
    ) -> MetricObservation {
        observe(.observableGauge, name, unit, description, owner, callback)
    }

    /// As ``observableCounter(_:unit:description:of:_:)``, until it is cancelled.
    @discardableResult
    public func observableCounter(
        _ name: String, unit: String = "", description: String = "",
        _ callback: @escaping @Sendable (MetricObserver) async -> Void
    ) -> MetricObservation {
        observe(.observableCounter, name, unit, description, callback)
    }

    /// As ``observableUpDownCounter(_:unit:description:of:_:)``, until it is cancelled.
    @discardableResult
    public func observableUpDownCounter(
        _ name: String, unit: String = "", description: String = "",
        _ callback: @escaping @Sendable (MetricObserver) async -> Void
    ) -> MetricObservation {
        observe(.observableUpDownCounter, name, unit, description, callback)
    }

    /// As ``observableGauge(_:unit:description:of:_:)``, until it is cancelled.
    @discardableResult
    public func observableGauge(
        _ name: String, unit: String = "", description: String = "",
        _ callback: @escaping @Sendable (MetricObserver) async -> Void
    ) -> MetricObservation {
        observe(.observableGauge, name, unit, description, callback)
    }

    private func observe<Owner: AnyObject & Sendable>(
        _ kind: InstrumentKind, _ name: String, _ unit: String, _ text: String, _ owner: Owner,
        _ callback: @escaping @Sendable (Owner, MetricObserver) async -> Void
    ) -> MetricObservation {
        add(
            kind, name, unit, text,
            ObservableInstrument.Callback(
                isWanted: { [weak owner] in owner != nil },
                observe: { [weak owner] observer in if let owner { await callback(owner, observer) } }))
    }

    private func observe(
        _ kind: InstrumentKind, _ name: String, _ unit: String, _ text: String,
        _ callback: @escaping @Sendable (MetricObserver) async -> Void
    ) -> MetricObservation {
        add(kind, name, unit, text, ObservableInstrument.Callback(isWanted: { true }, observe: callback))
    }

    private func add(
        _ kind: InstrumentKind, _ name: String, _ unit: String, _ text: String,
        _ callback: ObservableInstrument.Callback
    ) -> MetricObservation {
        scope.observable(kind, name, unit: unit, text: text)?.add(callback) ?? MetricObservation {}
    }
}
