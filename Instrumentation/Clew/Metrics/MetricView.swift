/// What an instrument is; views select by it.
///
/// Of swift-metrics, `Counter` and `FloatingPointCounter` are counters, `Timer` and an aggregating `Recorder` are
/// histograms, and `Meter`, `Gauge` and other recorders are gauges, even a meter that is exported as an up-down counter.
public enum InstrumentKind: Hashable, Sendable, CaseIterable {
    case counter
    case upDownCounter
    case gauge
    case histogram
    case observableCounter
    case observableUpDownCounter
    case observableGauge
}

/// What becomes of the measurements of an instrument.
///
/// Of observable instruments, which are asked for one value, all but ``drop`` count as ``standard``.
public enum MetricAggregation: Hashable, Sendable {
    /// Counters become sums, gauges their last value, histograms histograms as
    /// ``Telemetry/Configuration/histogramAggregation`` says.
    case standard
    /// Nothing is kept or exported.
    case drop
    case sum
    case lastValue
    case histogram(HistogramBuckets)
}

/// How a histogram divides its measurements.
public enum HistogramBuckets: Hashable, Sendable {
    /// Upper bounds, inclusive, in the instrument's unit. They are sorted; repeated and infinite ones are left out, as is
    /// what exceeds 1000.
    case explicit([Double])
    /// Buckets that adapt to what is measured: at most so many for positive values, and again for negative ones, that
    /// begin with the finest scale allowed.
    ///
    /// Source: OpenTelemetry Metrics SDK, "Base2 Exponential Bucket Histogram Aggregation".
    case exponential(maximumBuckets: Int = 160, maximumScale: Int = 20)
}

/// Changes what is exported of the instruments that it selects; see ``Telemetry/Configuration/views``.
///
/// ```swift
/// configuration.views = [
///     MetricView("http.server.*", attributes: .keep(["http.route", "http.response.status_code"])),
///     MetricView("debug.*", aggregation: .drop),
/// ]
/// ```
///
/// An instrument that several views select is exported once for each; one that none selects is exported as it is.
///
/// Source: OpenTelemetry Metrics SDK, "View".
public struct MetricView: Hashable, Sendable {
    /// Which attributes tell one stream from another. The measurements of streams that become equal are joined.
    public enum Attributes: Hashable, Sendable {
        case all
        case keep(Set<String>)
        case leaveOut(Set<String>)

        func keeps(_ key: String) -> Bool {
            switch self {
            case .all: true
            case .keep(let keys): keys.contains(key)
            case .leaveOut(let keys): !keys.contains(key)
            }
        }
    }

    /// The name of the instruments; `*` stands for any characters, also none, and `?` for exactly one.
    public var instrument: String
    /// Selects only instruments of this kind.
    public var kind: InstrumentKind?
    /// Selects only instruments of this unit.
    public var unit: String?
    /// Selects only instruments of the scope with this name. That of swift-metrics is `clew`.
    public var scope: String?
    /// What the metric is called; `nil` for the instrument's name. Ignored where ``instrument`` has wildcards.
    public var name: String?
    /// `nil` for the instrument's description.
    public var description: String?
    public var attributes: Attributes
    public var aggregation: MetricAggregation
    /// How many streams there may be; `nil` for ``Telemetry/Configuration/cardinalityLimit``.
    public var cardinalityLimit: Int?

    public init(
        _ instrument: String, kind: InstrumentKind? = nil, unit: String? = nil, scope: String? = nil,
        name: String? = nil, description: String? = nil, attributes: Attributes = .all,
        aggregation: MetricAggregation = .standard, cardinalityLimit: Int? = nil
    ) {
        self.instrument = instrument
        self.kind = kind
        self.unit = unit
        self.scope = scope
        self.name = name
        self.description = description
        self.attributes = attributes
        self.aggregation = aggregation
        self.cardinalityLimit = cardinalityLimit
    }

    var hasWildcards: Bool { instrument.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } }

    func selects(_ name: String, _ kind: InstrumentKind, unit: String, scope: String) -> Bool {
        (self.kind ?? kind) == kind && (self.unit ?? unit) == unit && (self.scope ?? scope) == scope
            && Self.matches(Array(name.unicodeScalars), Array(instrument.unicodeScalars))
    }

    /// Whether a text fits a pattern, in time proportional to the product of their lengths.
    private static func matches(_ text: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
        var (at, next) = (0, 0)
        /// Where the last `*` stands, and what of the text it does not take yet.
        var star: (pattern: Int, text: Int)?
        while at < text.count {
            if next < pattern.count, pattern[next] == "*" {
                star = (next, at)
                next += 1
            } else if next < pattern.count, pattern[next] == "?" || pattern[next] == text[at] {
                (at, next) = (at + 1, next + 1)
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                (at, next) = (last.text + 1, last.pattern + 1)
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == "*" }
    }
}
