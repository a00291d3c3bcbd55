import ClewModel
import Synchronization

/// The streams that one instrument, or one view of it, has made so far, by their attributes.
///
/// Beyond the limit all further attributes share one stream, which is marked `otel.metric.overflow`.
///
/// Source: OpenTelemetry Metrics SDK, "Cardinality limits".
final class StreamTable: Sendable {
    struct Definition: Sendable {
        var name: String
        var description: String
        var unit: String
        var attributes: MetricView.Attributes
        /// Of streams, the overflow included.
        var limit: Int
    }

    private struct State {
        var streams: [Attributes: any MetricStream] = [:]
        var overflow: (any MetricStream)?
    }

    let definition: Definition
    private let make: @Sendable (Attributes) -> any MetricStream
    private let state = Mutex(State())

    init(_ definition: Definition, make: @escaping @Sendable (Attributes) -> any MetricStream) {
        self.definition = definition
        self.make = make
    }

    /// The stream of a measurement's attributes, which have unique keys in order, and what of them it leaves out.
    func stream(for attributes: Attributes) -> (stream: any MetricStream, filtered: Attributes) {
        let kept = definition.attributes.kept(of: attributes)
        let filtered = kept.count == attributes.count ? [] : attributes.filter { !definition.attributes.keeps($0.key) }
        let stream = state.withLock { state in
            if let known = state.streams[kept] { return known }
            // The overflow stream counts towards the limit.
            guard state.streams.count < definition.limit - 1 else {
                let stream = state.overflow ?? make([Attribute(SemanticConventions.metricOverflow, true)])
                state.overflow = stream
                return stream
            }
            let stream = make(kept)
            state.streams[kept] = stream
            return stream
        }
        return (stream, filtered)
    }

    /// Ends a stream that belongs to one set of attributes alone.
    func remove(_ stream: any MetricStream) -> Bool {
        guard definition.attributes == .all else { return false }
        return state.withLock { state in
            guard state.streams[stream.attributes] === stream else { return false }
            state.streams[stream.attributes] = nil
            return true
        }
    }

    func collect(_ collection: MetricCollection) -> StreamData {
        let (streams, overflow) = state.withLock { (Array($0.streams.values), $0.overflow) }
        var data = StreamData()
        for stream in streams { stream.collect(collection, into: &data) }
        overflow?.collect(collection, into: &data)
        return data
    }
}

extension MetricView.Attributes {
    func kept(of attributes: ClewModel.Attributes) -> ClewModel.Attributes {
        self == .all ? attributes : attributes.filter { keeps($0.key) }
    }
}

extension Attributes {
    /// In the order of keys, each once, with its last value, and with text in place of NaN, which does not equal itself:
    /// each measurement would begin a stream.
    var canonical: Attributes {
        let attributes = mayHoldNaN ? map { Attribute($0.key, $0.value.withoutNaN) } : self
        return attributes.withUniqueKeys
    }

    var mayHoldNaN: Bool { contains { $0.value.mayHoldNaN() } }

    private var withUniqueKeys: Attributes {
        guard count > 1 else { return self }
        var isCanonical = true
        for index in 1..<count where self[index - 1].key >= self[index].key { isCanonical = false }
        if isCanonical { return self }
        var result: Attributes = []
        result.reserveCapacity(count)
        // The sort is stable, so that of equal keys the last one comes last.
        for attribute in sorted(by: { $0.key < $1.key }) {
            if result.last?.key == attribute.key { result.removeLast() }
            result.append(attribute)
        }
        return result
    }
}

extension AttributeValue {
    fileprivate var withoutNaN: AttributeValue {
        if case .double(let value) = self { return value.isNaN ? "NaN" : self }
        return mayHoldNaN() ? .string(description) : self
    }

    /// Whether it is NaN or holds one; what is nested deeper than a description goes may.
    fileprivate func mayHoldNaN(depth: Int = 0) -> Bool {
        let isTooDeep = depth >= Self.maximumDescribedDepth
        return switch self {
        case .double(let value): value.isNaN
        case .array(let values): isTooDeep || values.contains { $0.mayHoldNaN(depth: depth + 1) }
        case .keyValueList(let entries): isTooDeep || entries.contains { $0.value.mayHoldNaN(depth: depth + 1) }
        case .empty, .string, .bool, .int, .bytes: false
        }
    }
}
