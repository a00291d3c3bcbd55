import ClewModel
import Synchronization

/// Every instrument of a telemetry, and their collection.
final class MetricRegistry: Sendable {
    /// Who asks for the metrics.
    enum Reader {
        /// Gets the temporality that the configuration prefers.
        case preferred
        /// Computes with sums since the start, as Prometheus does.
        case cumulative
    }

    /// How long the callbacks of observable instruments may take, all at the same time.
    static let callbackLimit = Duration.seconds(1)

    let environment: MetricEnvironment
    private let temporality: TemporalityPreference
    private let resource: Resource
    private let ownDeltas = MetricDeltas()
    private let scopes: Mutex<[MetricScope]>
    /// The scope of swift-metrics, and of a meter without a name of its own.
    let defaultScope: MetricScope

    init(
        _ configuration: Telemetry.Configuration, resource: Resource, scope: InstrumentationScope, clock: TelemetryClock
    ) {
        environment = MetricEnvironment(configuration, clock: clock)
        temporality = configuration.metricTemporality
        self.resource = resource
        defaultScope = MetricScope(scope, environment: environment)
        scopes = Mutex([defaultScope])
    }

    /// The scope of a name and version, made on first use. Scopes count as instruments do, so that they are bounded.
    func scope(_ scope: InstrumentationScope) -> MetricScope {
        scopes.withLock { scopes in
            if let known = scopes.first(where: { $0.scope == scope }) { return known }
            guard scopes.count < MetricEnvironment.maximumInstruments else { return defaultScope }
            let made = MetricScope(scope, environment: environment)
            scopes.append(made)
            return made
        }
    }

    func remove(_ handle: any MetricHandle) {
        for scope in scopes.withLock({ $0 }) {
            for instrument in scope.allInstruments { instrument.remove(handle) }
        }
    }

    /// The metrics of all instruments that have a value, ordered by name.
    func collect(for reader: Reader) async -> [Metric] {
        let scopes = scopes.withLock { $0 }
        let observed = await observe(scopes.flatMap(\.allObservables))
        let time = environment.context.clock.wall()
        var result: [Metric] = []
        for scope in scopes {
            for instrument in scope.allInstruments {
                let collection = collection(instrument.description.form.kind, time, reader)
                result += metrics(instrument.collect(collection), scope.scope)
            }
            for observable in scope.allObservables {
                guard let values = observed[ObjectIdentifier(observable)] else { continue }
                result += metrics(observable.collect(values, collection(observable.kind, time, reader)), scope.scope)
            }
        }
        result += refusedInstruments(collection(.counter, time, reader))
        return result.sorted { $0.name < $1.name }
    }

    /// The metrics of this moment, and those given, in the format that a request's `Accept` prefers.
    func prometheusText(accept: String?, with others: [Metric]) async -> PrometheusText {
        PrometheusText(
            await collect(for: .cumulative) + others, resource: resource, format: PrometheusText.Format(accept: accept))
    }

    private func refusedInstruments(_ collection: MetricCollection) -> [Metric] {
        let refused = environment.refused
        guard refused > 0 else { return [] }
        let time = max(environment.start, collection.time)
        let context = PointContext(start: environment.start, time: time)
        let point = NumberPoint(context: context, value: .int(Int64(refused)))
        let metric = Metric(
            name: SemanticConventions.refusedInstruments,
            description: "Requests for instruments beyond the number that is allowed.", unit: "{request}",
            data: .sum([point], temporality: .cumulative, isMonotonic: true), resource: resource,
            scope: defaultScope.scope)
        return collection.isDelta ? ownDeltas.added(to: [metric], at: time) : [metric]
    }

    private func collection(_ kind: InstrumentKind, _ time: UnixNanoseconds, _ reader: Reader) -> MetricCollection {
        MetricCollection(time: time, isDelta: reader == .preferred && temporality.isDelta(kind))
    }

    private func metrics(
        _ data: [(StreamTable.Definition, MetricData)], _ scope: InstrumentationScope
    ) -> [Metric] {
        data.map { definition, data in
            Metric(
                name: definition.name, description: definition.description, unit: definition.unit, data: data,
                resource: resource, scope: scope)
        }
    }

    /// Asks all observable instruments at once; those that do not answer in time are left out of this collection.
    private func observe(_ instruments: [ObservableInstrument]) async -> [ObjectIdentifier: [ObservedValues]] {
        let rounds = instruments.compactMap { instrument in instrument.observe().map { (instrument, $0) } }
        guard !rounds.isEmpty else { return [:] }
        let (answers, continuation) = AsyncStream<(ObjectIdentifier, [ObservedValues])>.makeStream()
        for (instrument, round) in rounds {
            Task { continuation.yield((ObjectIdentifier(instrument), await round.value)) }
        }
        let timer = Task { [clock = environment.context.clock] in
            try? await clock.sleep(Self.callbackLimit)
            continuation.finish()
        }
        var result: [ObjectIdentifier: [ObservedValues]] = [:]
        for await (id, values) in answers {
            result[id] = values
            if result.count == rounds.count { break }
        }
        timer.cancel()
        for (instrument, _) in rounds where result[ObjectIdentifier(instrument)] == nil {
            // One who stops waiting before the time is over has nothing to say of the callback.
            guard instrument.giveUp(), !Task.isCancelled else { continue }
            environment.warn(
                "the callback of '\(instrument.name)' took longer than \(Self.callbackLimit); its values are left out")
        }
        return result
    }
}

/// Whether sums and histograms are exported as what was added since the last export, or since their start.
///
/// Source: OpenTelemetry, "OTLP Metric Exporter", additional configuration.
public enum TemporalityPreference: Hashable, Sendable {
    /// Everything since its start.
    case cumulative
    /// Counters, observable counters and histograms since the last export.
    case delta
    /// Counters and histograms since the last export: nothing of the past need be kept for observable counters.
    case lowMemory

    func isDelta(_ kind: InstrumentKind) -> Bool {
        switch kind {
        case .counter, .histogram: self != .cumulative
        case .observableCounter: self == .delta
        case .upDownCounter, .gauge, .observableUpDownCounter, .observableGauge: false
        }
    }
}

/// What histograms are without a view.
public enum HistogramAggregation: Hashable, Sendable {
    /// Buckets with the boundaries of the conventions, or those that the program advises.
    case explicitBuckets
    /// Buckets that adapt to what is measured; see ``HistogramBuckets/exponential(maximumBuckets:maximumScale:)``.
    case exponential
}
