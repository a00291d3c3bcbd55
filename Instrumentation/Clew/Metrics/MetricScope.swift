import ClewModel
import Synchronization

/// The instruments of one instrumentation scope.
///
/// Asking again for the same name and form gives the same instrument.
final class MetricScope: Sendable {
    private struct Key: Hashable {
        var name: String
        var form: InstrumentForm
    }

    private struct ObservableKey: Hashable {
        var name: String
        var kind: InstrumentKind
    }

    let scope: InstrumentationScope
    private let environment: MetricEnvironment
    private let instruments = Mutex<[Key: Instrument]>([:])
    private let observables = Mutex<[ObservableKey: ObservableInstrument]>([:])

    init(_ scope: InstrumentationScope, environment: MetricEnvironment) {
        self.scope = scope
        self.environment = environment
    }

    /// The instrument that swift-metrics asks for; `nil` beyond the number of instruments.
    func instrument(_ form: InstrumentForm, _ name: String) -> Instrument? {
        let key = Key(name: name, form: form)
        if let known = instruments.withLock({ $0[key] }) { return known }
        return add(
            InstrumentDescription(
                name: name, form: form, unit: InstrumentConventions.unit(of: name, form),
                text: InstrumentConventions.description(of: name)),
            reportsZero: true)
    }

    /// The instrument with what a program says of it. What another call said of it first stands.
    func instrument(_ description: InstrumentDescription) -> Instrument? {
        let known = instruments.withLock { $0[Key(name: description.name, form: description.form)] }
        guard let known else { return add(description, reportsZero: false) }
        if known.description.unit != description.unit || known.description.text != description.text {
            environment.warn(
                "the instrument '\(description.name)' was made with another unit or description before; that one stands"
            )
        }
        return known
    }

    private func add(_ description: InstrumentDescription, reportsZero: Bool) -> Instrument? {
        guard environment.reserve(description.name) else { return nil }
        let made = Instrument(
            description, tables: environment.tables(description, scope.name, reportsZero: reportsZero))
        let key = Key(name: description.name, form: description.form)
        let (instrument, hasTwin) = instruments.withLock { instruments in
            if let first = instruments[key] { return (first, false) }
            instruments[key] = made
            let others = InstrumentForm.allCases.filter { $0 != description.form }
            return (made, others.contains { instruments[Key(name: description.name, form: $0)] != nil })
        }
        if instrument !== made { environment.release() }
        if hasTwin {
            environment.warn(
                "there are instruments of different kinds called '\(description.name)'; receivers may show only one")
        }
        return instrument
    }

    /// The observable instrument of a name and kind; `nil` beyond the number of instruments.
    func observable(_ kind: InstrumentKind, _ name: String, unit: String, text: String) -> ObservableInstrument? {
        let key = ObservableKey(name: name, kind: kind)
        if let known = observables.withLock({ $0[key] }) { return known }
        guard environment.reserve(name) else { return nil }
        let made = ObservableInstrument(
            name: name, kind: kind, views: environment.definitions(name, kind, unit, text, scope.name),
            start: environment.context.clock.wall())
        let instrument = observables.withLock { observables in
            let instrument = observables[key] ?? made
            observables[key] = instrument
            return instrument
        }
        if instrument !== made { environment.release() }
        return instrument
    }

    var allInstruments: [Instrument] { instruments.withLock { Array($0.values) } }

    var allObservables: [ObservableInstrument] { observables.withLock { Array($0.values) } }
}

/// What all scopes of a telemetry share.
final class MetricEnvironment: Sendable {
    /// How many instruments there may be; measurements of further ones go nowhere.
    static let maximumInstruments = 1000

    private struct State {
        var instruments = 0
        var refused = 0
        var warn: (@Sendable (String) -> Void)?
        /// Warnings of the time before there is anyone to tell; a few, because nobody needs many.
        var waiting: [String] = []
    }

    let context: StreamContext
    let start: UnixNanoseconds
    private let isDisabled: Bool
    private let views: [MetricView]
    private let cardinalityLimit: Int
    private let histograms: HistogramAggregation
    private let state = Mutex(State())

    init(_ configuration: Telemetry.Configuration, clock: TelemetryClock) {
        context = StreamContext(clock: clock, exemplars: configuration.exemplarFilter)
        start = clock.wall()
        isDisabled = configuration.isDisabled
        views = configuration.views
        cardinalityLimit = configuration.cardinalityLimit
        histograms = configuration.histogramAggregation
        for view in views where view.hasWildcards && view.name != nil {
            warn("the view of '\(view.instrument)' cannot rename what it selects by wildcards; the names stay")
        }
    }

    /// How often an instrument was asked for beyond the number of them.
    var refused: Int { state.withLock(\.refused) }

    func reserve(_ name: String) -> Bool {
        guard !isDisabled else { return false }
        let (isFree, isFirst) = state.withLock { state in
            guard state.instruments >= Self.maximumInstruments else {
                state.instruments += 1
                return (true, false)
            }
            state.refused += 1
            return (false, state.refused == 1)
        }
        if isFirst {
            warn(
                """
                '\(name)' is instrument number \(Self.maximumInstruments + 1): it and all further ones are not recorded; \
                what varies belongs in attributes
                """)
        }
        return isFree
    }

    func release() { state.withLock { $0.instruments -= 1 } }

    func warn(_ message: String) {
        let warn = state.withLock { state in
            if state.warn == nil, state.waiting.count < 10 { state.waiting.append(message) }
            return state.warn
        }
        warn?(message)
    }

    /// Says from now on, and of what has waited, what is wrong.
    func report(_ warn: @escaping @Sendable (String) -> Void) {
        let waiting = state.withLock { state in
            state.warn = warn
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach(warn)
    }
}

extension MetricEnvironment {
    /// What each view makes of an instrument, or the one thing that comes of it without a view.
    private func variants(
        _ name: String, _ kind: InstrumentKind, _ unit: String, _ text: String, _ scope: String
    ) -> [(definition: StreamTable.Definition, aggregation: MetricAggregation)] {
        let selected = views.filter { $0.selects(name, kind, unit: unit, scope: scope) }
        guard !selected.isEmpty else {
            let definition = StreamTable.Definition(
                name: name, description: text, unit: unit, attributes: .all, limit: max(1, cardinalityLimit))
            return [(definition, .standard)]
        }
        return selected.filter { $0.aggregation != .drop }.map { view in
            let definition = StreamTable.Definition(
                name: view.hasWildcards ? name : view.name ?? name, description: view.description ?? text, unit: unit,
                attributes: view.attributes, limit: max(1, view.cardinalityLimit ?? cardinalityLimit))
            return (definition, view.aggregation)
        }
    }

    func definitions(
        _ name: String, _ kind: InstrumentKind, _ unit: String, _ text: String, _ scope: String
    ) -> [StreamTable.Definition] {
        variants(name, kind, unit, text, scope).map(\.definition)
    }

    func tables(_ instrument: InstrumentDescription, _ scope: String, reportsZero: Bool) -> [StreamTable] {
        variants(instrument.name, instrument.form.kind, instrument.unit, instrument.text, scope).map { variant in
            StreamTable(variant.definition, make: maker(instrument, variant.aggregation, reportsZero))
        }
    }

    private func maker(
        _ instrument: InstrumentDescription, _ aggregation: MetricAggregation, _ reportsZero: Bool
    ) -> @Sendable (Attributes) -> any MetricStream {
        let context = context
        switch aggregation {
        case .histogram(let buckets): return maker(buckets)
        case .lastValue: return { ValueStream($0, .gauge, initial: .none, context: context) }
        case .standard, .sum, .drop: break
        }
        switch instrument.form {
        case .counter: return { CounterStream($0, reportsZero: reportsZero, context: context) }
        case .floatingPointCounter:
            let initial = reportsZero ? NumberValue.double(0) : .none
            return { ValueStream($0, .sum(isMonotonic: true), initial: initial, context: context) }
        case .gauge where aggregation == .standard: return { ValueStream($0, .meter, initial: .none, context: context) }
        case .upDownCounter, .gauge:
            return { ValueStream($0, .sum(isMonotonic: false), initial: .none, context: context) }
        case .histogram where aggregation == .sum, .timer where aggregation == .sum:
            return { ValueStream($0, .sum(isMonotonic: true), initial: .none, context: context) }
        case .histogram, .timer: return maker(buckets(of: instrument))
        }
    }

    /// Exponential buckets are what the program asked for itself or what the user wants for all; boundaries that the
    /// program gives are its advice for the case that there are any.
    private func buckets(of instrument: InstrumentDescription) -> HistogramBuckets {
        if case .exponential? = instrument.buckets { return instrument.buckets ?? .exponential() }
        if histograms == .exponential { return .exponential() }
        return instrument.buckets
            ?? .explicit(InstrumentConventions.bounds(of: instrument.name, instrument.form, unit: instrument.unit))
    }

    private func maker(_ buckets: HistogramBuckets) -> @Sendable (Attributes) -> any MetricStream {
        let context = context
        switch buckets {
        case .explicit(let bounds):
            let sorted = Array(Set(bounds.filter(\.isFinite)).sorted().prefix(1000))
            return { HistogramStream($0, bounds: sorted, context: context) }
        case .exponential(let maximumBuckets, let maximumScale):
            return {
                ExponentialHistogramStream(
                    $0, maximumBuckets: maximumBuckets, maximumScale: maximumScale, context: context)
            }
        }
    }
}
