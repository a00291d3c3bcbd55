public import ClewModel

/// What a program's instrument is inside: the instrument with the attributes that the program gave it so far.
struct InstrumentHandle: Sendable {
    private let instrument: Instrument?
    private let attributes: Attributes
    /// Where measurements with just these attributes go.
    let target: any MetricHandle

    init(_ instrument: Instrument?, _ attributes: Attributes = []) {
        self.instrument = instrument
        self.attributes = attributes
        target = instrument?.handle(attributes) ?? MetricFanOut.dropped
    }

    func with(_ more: Attributes) -> InstrumentHandle { InstrumentHandle(instrument, attributes + more) }

    func target(_ more: Attributes) -> any MetricHandle {
        if more.isEmpty { return target }
        return instrument?.handle(attributes.isEmpty ? more : attributes + more) ?? MetricFanOut.dropped
    }
}

/// A sum that only grows: see ``ClewMeter``. Amounts that are not positive are ignored; the sum of whole numbers ends at
/// the largest one.
public struct ClewCounter<Value: Sendable>: Sendable {
    fileprivate let handle: InstrumentHandle

    init(_ handle: InstrumentHandle) {
        self.handle = handle
    }

    /// The counter for measurements with these attributes besides those that it has; of equal keys the new value counts.
    public func with(_ attributes: Attributes) -> ClewCounter { ClewCounter(handle.with(attributes)) }
}

extension ClewCounter where Value == Int {
    public func add(_ amount: Int) { handle.target.measure(Int64(amount), filtered: []) }

    public func add(_ amount: Int, _ attributes: Attributes) {
        handle.target(attributes).measure(Int64(amount), filtered: [])
    }
}

extension ClewCounter where Value == Double {
    public func add(_ amount: Double) { handle.target.measure(amount, filtered: []) }

    public func add(_ amount: Double, _ attributes: Attributes) {
        handle.target(attributes).measure(amount, filtered: [])
    }
}

/// A sum that grows and shrinks: see ``ClewMeter``.
public struct ClewUpDownCounter: Sendable {
    private let handle: InstrumentHandle

    init(_ handle: InstrumentHandle) {
        self.handle = handle
    }

    /// The counter for measurements with these attributes besides those that it has; of equal keys the new value counts.
    public func with(_ attributes: Attributes) -> ClewUpDownCounter { ClewUpDownCounter(handle.with(attributes)) }

    public func add(_ amount: Int) { handle.target.measure(Int64(amount), filtered: []) }

    public func add(_ amount: Int, _ attributes: Attributes) {
        handle.target(attributes).measure(Int64(amount), filtered: [])
    }

    public func add(_ amount: Double) { handle.target.measure(amount, filtered: []) }

    public func add(_ amount: Double, _ attributes: Attributes) {
        handle.target(attributes).measure(amount, filtered: [])
    }
}

/// A value of which the last counts: see ``ClewMeter``.
public struct ClewGauge: Sendable {
    private let handle: InstrumentHandle

    init(_ handle: InstrumentHandle) {
        self.handle = handle
    }

    /// The gauge for measurements with these attributes besides those that it has; of equal keys the new value counts.
    public func with(_ attributes: Attributes) -> ClewGauge { ClewGauge(handle.with(attributes)) }

    public func set(_ value: Int) { handle.target.measure(Int64(value), filtered: []) }

    public func set(_ value: Int, _ attributes: Attributes) {
        handle.target(attributes).measure(Int64(value), filtered: [])
    }

    public func set(_ value: Double) { handle.target.measure(value, filtered: []) }

    public func set(_ value: Double, _ attributes: Attributes) {
        handle.target(attributes).measure(value, filtered: [])
    }
}

/// A distribution: see ``ClewMeter``. Values that are not finite are ignored.
public struct ClewHistogram: Sendable {
    private let handle: InstrumentHandle

    init(_ handle: InstrumentHandle) {
        self.handle = handle
    }

    /// The histogram for measurements with these attributes besides those that it has; of equal keys the new value
    /// counts.
    public func with(_ attributes: Attributes) -> ClewHistogram { ClewHistogram(handle.with(attributes)) }

    public func record(_ value: Double) { handle.target.measure(value, filtered: []) }

    public func record(_ value: Double, _ attributes: Attributes) {
        handle.target(attributes).measure(value, filtered: [])
    }

    /// Records seconds.
    public func record(_ duration: Duration) { record(duration.inSeconds) }

    /// Records seconds.
    public func record(_ duration: Duration, _ attributes: Attributes) { record(duration.inSeconds, attributes) }
}

extension Duration {
    fileprivate var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
