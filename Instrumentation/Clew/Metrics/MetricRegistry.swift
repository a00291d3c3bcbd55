import ClewModel
import Synchronization

/// Every stream of measurements of the process.
///
/// Asking again for the same name and attributes gives the same stream, so making a `Counter` or `Timer` at each use is
/// cheap and right.
final class MetricRegistry: Sendable {
    /// How many attribute sets one instrument may have; further ones share one stream marked `otel.metric.overflow`.
    ///
    /// Source: OpenTelemetry Metrics SDK, "Cardinality limits".
    static let cardinalityLimit = 2000

    enum Kind: Hashable, Sendable {
        case counter
        case floatingPointCounter
        case gauge
        case histogram
        case timer
    }

    private struct InstrumentKey: Hashable {
        var name: String
        var kind: Kind
    }

    fileprivate struct Instrument {
        var streams: [[String]: any MetricStream] = [:]
        var overflow: (any MetricStream)?
    }

    private let resource: Resource
    private let scope: InstrumentationScope
    private let clock: TelemetryClock
    private let instruments = Mutex<[InstrumentKey: Instrument]>([:])

    init(resource: Resource, scope: InstrumentationScope, clock: TelemetryClock) {
        self.resource = resource
        self.scope = scope
        self.clock = clock
    }

    /// The stream of a name and its dimensions, made on first use.
    func stream<Stream: MetricStream>(
        _ name: String, _ kind: Kind, _ dimensions: [(String, String)], make: (Attributes, TelemetryClock) -> Stream
    ) -> Stream {
        let dimensions = dimensions.sorted { $0.0 < $1.0 }
        let key = dimensions.flatMap { [$0.0, $0.1] }
        let stream = instruments.withLock { instruments -> any MetricStream in
            instruments[InstrumentKey(name: name, kind: kind), default: Instrument()].stream(key) { overflows in
                make(
                    overflows ? [Attribute(SemanticConventions.metricOverflow, true)] : Self.attributes(dimensions),
                    clock)
            }
        }
        // A kind always makes the same class, so the cast does not fail; a stray stream would only lose its values.
        return stream as? Stream ?? make(Self.attributes(dimensions), clock)
    }

    func remove(_ stream: any MetricStream) {
        instruments.withLock { instruments in
            for key in instruments.keys {
                guard let entry = instruments[key]?.streams.first(where: { $0.value === stream }) else { continue }
                instruments[key]?.streams[entry.key] = nil
            }
        }
    }

    /// The metrics of all instruments that have a value, ordered by name.
    func collect() -> [Metric] {
        let time = clock.wall()
        let snapshot = instruments.withLock { $0 }
        return snapshot.sorted { $0.key.name < $1.key.name }.flatMap { key, instrument in
            var data = InstrumentData()
            for stream in instrument.streams.values { stream.collect(at: time, into: &data) }
            instrument.overflow?.collect(at: time, into: &data)
            return metrics(key.name, InstrumentUnits.unit(of: key.name, key.kind), data)
        }
    }

    private func metrics(_ name: String, _ unit: String, _ data: InstrumentData) -> [Metric] {
        var result: [MetricData] = []
        if !data.sums.isEmpty {
            result.append(.sum(data.sums, temporality: .cumulative, isMonotonic: data.isMonotonic))
        }
        if !data.gauges.isEmpty { result.append(.gauge(data.gauges)) }
        if !data.histograms.isEmpty { result.append(.histogram(data.histograms, temporality: .cumulative)) }
        return result.map { Metric(name: name, unit: unit, data: $0, resource: resource, scope: scope) }
    }

    /// The facade's dimensions are strings; those that the conventions define as integers become integers.
    private static func attributes(_ dimensions: [(String, String)]) -> Attributes {
        dimensions.map { key, value in
            if integerKeys.contains(key), let number = Int64(value) { return Attribute(key, .int(number)) }
            return Attribute(key, .string(value))
        }
    }

    private static let integerKeys: Set<String> = [
        SemanticConventions.httpResponseStatusCode, SemanticConventions.serverPort,
        SemanticConventions.rpcGRPCStatusCode,
    ]
}

extension MetricRegistry.Instrument {
    fileprivate mutating func stream(_ key: [String], make: (_ overflows: Bool) -> any MetricStream)
        -> any MetricStream
    {
        if let known = streams[key] { return known }
        // The overflow stream counts towards the limit.
        guard streams.count < MetricRegistry.cardinalityLimit - 1 else {
            let stream = overflow ?? make(true)
            overflow = stream
            return stream
        }
        let stream = make(false)
        streams[key] = stream
        return stream
    }
}

/// Units and bucket boundaries, which the metrics facade cannot say.
enum InstrumentUnits {
    static func unit(of name: String, _ kind: MetricRegistry.Kind) -> String {
        kind == .timer ? "s" : SemanticConventions.metricUnits[name] ?? ""
    }

    /// Upper bounds for an instrument: those of the conventions for durations, else the SDK's default.
    static func bounds(of name: String, _ kind: MetricRegistry.Kind) -> [Double] {
        guard kind == .timer else {
            return unit(of: name, kind) == "By" ? SemanticConventions.byteSizeBuckets : defaultBounds
        }
        return name == SemanticConventions.dbClientOperationDuration
            ? SemanticConventions.dbDurationBuckets : SemanticConventions.httpDurationBuckets
    }

    /// Source: OpenTelemetry Metrics SDK, "Explicit Bucket Histogram Aggregation".
    private static let defaultBounds: [Double] = [
        0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000,
    ]
}
