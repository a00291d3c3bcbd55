import ClewModel

/// The metrics of a service as Prometheus reads them.
public struct PrometheusText: Hashable, Sendable {
    public var contentType: String
    public var body: [UInt8]

    /// The two formats that are written.
    enum Format {
        /// The text format 0.0.4 of Prometheus.
        case text
        /// OpenMetrics 1.0, which has exemplars and units.
        case openMetrics

        var contentType: String {
            switch self {
            case .text: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }

        /// The format that the header `Accept` prefers: OpenMetrics only where it is named.
        init(accept: String?) {
            var (text, openMetrics) = (0.0, 0.0)
            for range in (accept ?? "").lowercased().split(separator: ",") {
                let parts = range.split(separator: ";").map(\.trimmed)
                let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
                switch parts.first {
                case "application/openmetrics-text"?: openMetrics = max(openMetrics, quality)
                case "text/plain"?, "text/*"?, "*/*"?: text = max(text, quality)
                default: break
                }
            }
            self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .text
        }
    }

    /// Writes metrics, whose sums are since the start.
    ///
    /// Exponential histograms, which neither format has, become histograms with at most four buckets for each doubling,
    /// at boundaries that stay when the scale falls. Metrics that end up with the same name are one family; of another
    /// type, or with the same labels again, they are left out, because no reader would take them.
    ///
    /// Source: OpenTelemetry, "Prometheus and OpenMetrics Compatibility"; OpenMetrics 1.0.
    init(_ metrics: [Metric], resource: Resource, format: Format) {
        var families: [String: PrometheusFamily] = [:]
        var taken: Set<String> = ["target", "target_info"]
        for metric in metrics {
            guard let family = PrometheusFamily(metric) else { continue }
            if families[family.name]?.type == family.type {
                families[family.name]?.metrics.append(metric)
            } else if taken.isDisjoint(with: family.sampleNames) {
                taken.formUnion(family.sampleNames)
                families[family.name] = family
            }
        }
        var writer = PrometheusWriter(format)
        writer.write(resource)
        for family in families.values.sorted(by: { $0.name < $1.name }) { writer.write(family) }
        contentType = format.contentType
        body = writer.finish()
    }
}

/// The metrics that are written under one name.
struct PrometheusFamily {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    var name: String
    var unit: String
    var type: Kind
    var metrics: [Metric]

    /// `nil` for summaries, which the library does not make.
    init?(_ metric: Metric) {
        switch metric.data {
        case .gauge: type = .gauge
        case .sum(_, _, let isMonotonic): type = isMonotonic ? .counter : .gauge
        case .histogram, .exponentialHistogram: type = .histogram
        case .summary: return nil
        }
        (name, unit) = PrometheusNames.metric(
            metric.name, unit: metric.unit, isCounter: type == .counter, isGauge: type == .gauge)
        metrics = [metric]
    }

    /// Every name that belongs to the family, which no other may use.
    var sampleNames: [String] {
        switch type {
        case .counter: [name, "\(name)_total", "\(name)_created"]
        case .gauge: [name]
        case .histogram: [name, "\(name)_bucket", "\(name)_count", "\(name)_sum", "\(name)_created"]
        }
    }

    var description: String { metrics.first { !$0.description.isEmpty }?.description ?? "" }
}
