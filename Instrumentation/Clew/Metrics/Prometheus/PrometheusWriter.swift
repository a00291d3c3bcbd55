import ClewModel

/// Writes the lines of both text formats.
struct PrometheusWriter {
    /// OpenMetrics bounds the labels of an exemplar, names and values together, to so many characters.
    private static let maximumExemplarLabels = 128

    private let isOpenMetrics: Bool
    private var bytes: [UInt8] = []

    init(_ format: PrometheusText.Format) {
        isOpenMetrics = format == .openMetrics
    }

    mutating func finish() -> [UInt8] {
        if isOpenMetrics { append("# EOF\n") }
        return bytes
    }

    /// The attributes of the resource, as the labels of one metric that is always 1.
    mutating func write(_ resource: Resource) {
        guard !resource.attributes.isEmpty else { return }
        let name = isOpenMetrics ? "target" : "target_info"
        comment("HELP", name, "Target metadata")
        comment("TYPE", name, isOpenMetrics ? "info" : "gauge")
        sample("target_info", Self.labels(resource.attributes, reserved: []), "1")
    }

    mutating func write(_ family: PrometheusFamily) {
        let header = family.type == .counter && !isOpenMetrics ? "\(family.name)_total" : family.name
        if !family.description.isEmpty { comment("HELP", header, family.description) }
        comment("TYPE", header, family.type.rawValue)
        if isOpenMetrics, !family.unit.isEmpty { comment("UNIT", header, family.unit) }
        var points = family.metrics.flatMap(Self.points)
        points.sort { $0.labels < $1.labels }
        var last: String?
        for point in points where point.labels != last {
            last = point.labels
            switch point.value {
            case .number(let value):
                let name = family.type == .counter ? "\(family.name)_total" : family.name
                sample(
                    name, point.labels, Self.text(value), exemplar: family.type == .counter ? point.exemplars.last : nil
                )
            case .histogram(let histogram): write(histogram, family.name, point.labels)
            }
        }
    }

    private mutating func write(_ point: ClewModel.HistogramPoint, _ name: String, _ labels: String) {
        var count: UInt64 = 0
        var lower = -Double.infinity
        for (bucket, added) in point.bucketCounts.enumerated() {
            count &+= added
            let upper = bucket < point.explicitBounds.count ? point.explicitBounds[bucket] : .infinity
            let bound = "\(labels.isEmpty ? "" : ",")le=\"\(Self.text(upper))\""
            let exemplar = point.context.exemplars.lazy.filter { $0.value.isIn(lower, upper) }
                .max { $0.value.number < $1.value.number }
            sample("\(name)_bucket", labels + bound, String(count), exemplar: exemplar)
            lower = upper
        }
        // A sum that can fall is no sum for Prometheus, and OpenMetrics has a count only beside a sum.
        let hasSum = (point.min ?? 0) >= 0 && !point.explicitBounds.contains { $0 < 0 }
        if hasSum, let sum = point.sum { sample("\(name)_sum", labels, Self.text(sum)) }
        if hasSum || !isOpenMetrics { sample("\(name)_count", labels, String(point.count)) }
    }

    // MARK: - Points

    private struct Point {
        enum Value {
            case number(NumberValue)
            case histogram(ClewModel.HistogramPoint)
        }

        var labels: String
        var value: Value
        var exemplars: [Exemplar]
    }

    private static func points(_ metric: Metric) -> [Point] {
        let scope = scopeLabels(metric.scope)
        func point(_ context: PointContext, _ value: Point.Value) -> Point {
            var reserved: Set = ["otel_scope_name", "otel_scope_version"]
            if case .histogram = value { reserved.insert("le") }
            let own = labels(context.attributes, reserved: reserved)
            let separator = own.isEmpty || scope.isEmpty ? "" : ","
            return Point(labels: scope + separator + own, value: value, exemplars: context.exemplars)
        }
        return switch metric.data {
        case .gauge(let points), .sum(let points, _, _): points.map { point($0.context, .number($0.value)) }
        case .histogram(let points, _): points.map { point($0.context, .histogram($0)) }
        case .exponentialHistogram(let points, _): points.map { point($0.context, .histogram(.init($0))) }
        case .summary: []
        }
    }

    private static func scopeLabels(_ scope: InstrumentationScope) -> String {
        var attributes = scope.attributes.map { Attribute("otel.scope.\($0.key)", $0.value) }
        if !scope.version.isEmpty { attributes.insert(Attribute("otel.scope.version", .string(scope.version)), at: 0) }
        if !scope.name.isEmpty { attributes.insert(Attribute("otel.scope.name", .string(scope.name)), at: 0) }
        return labels(attributes, reserved: [])
    }

    /// `a="1",b="2"`. Values of keys that become equal are joined by `;`; a reserved name is written `exported_…`.
    private static func labels(_ attributes: Attributes, reserved: Set<String>) -> String {
        var values: [(name: String, value: String)] = []
        for attribute in attributes.sorted(by: { $0.key < $1.key }) {
            let label = PrometheusNames.label(attribute.key)
            let name = reserved.contains(label) ? "exported_\(label)" : label
            let value = attribute.value.description
            if let index = values.firstIndex(where: { $0.name == name }) {
                values[index].value += ";" + value
            } else {
                values.append((name, value))
            }
        }
        return values.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    // MARK: - Lines

    private mutating func comment(_ word: String, _ name: String, _ text: String) {
        append("# \(word) \(name) \(Self.escaped(text, quotes: isOpenMetrics))\n")
    }

    private mutating func sample(_ name: String, _ labels: String, _ value: String, exemplar: Exemplar? = nil) {
        append(name)
        if !labels.isEmpty { append("{\(labels)}") }
        append(" \(value)")
        if isOpenMetrics, let exemplar { append(Self.text(exemplar)) }
        append("\n")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private static func text(_ exemplar: Exemplar) -> String {
        var labels: [String] = []
        var length = 0
        func add(_ name: String, _ value: String) {
            let size = name.unicodeScalars.count + value.unicodeScalars.count
            guard length + size <= maximumExemplarLabels else { return }
            length += size
            labels.append("\(name)=\"\(escaped(value, quotes: true))\"")
        }
        if let traceID = exemplar.traceID { add("trace_id", traceID.hex) }
        if let spanID = exemplar.spanID { add("span_id", spanID.hex) }
        var names: Set = ["trace_id", "span_id"]
        for attribute in exemplar.filteredAttributes {
            let name = PrometheusNames.label(attribute.key)
            if names.insert(name).inserted { add(name, attribute.value.description) }
        }
        let milliseconds = exemplar.time / 1_000_000
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        return " # {\(labels.joined(separator: ","))} \(text(exemplar.value)) \(milliseconds / 1000).\(fraction)"
    }

    private static func text(_ value: NumberValue) -> String {
        switch value {
        case .none: "NaN"
        case .int(let value): String(value)
        case .double(let value): text(value)
        }
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard
            text.utf8.contains(where: {
                $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\"")
            })
        else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension NumberValue {
    fileprivate var number: Double {
        switch self {
        case .none: .nan
        case .int(let value): Double(value)
        case .double(let value): value
        }
    }

    fileprivate func isIn(_ lower: Double, _ upper: Double) -> Bool { number > lower && number <= upper }
}

extension ClewModel.HistogramPoint {
    /// The scale up to which exponential buckets are joined: four for each doubling.
    private static var finestScale: Int { 2 }

    /// The same distribution over explicit boundaries.
    fileprivate init(_ point: ExponentialHistogramPoint) {
        let scale = Swift.min(Int(point.scale), Self.finestScale)
        var positive = ExponentialHistogram.Buckets(offset: Int(point.positive.offset), counts: point.positive.counts)
        var negative = ExponentialHistogram.Buckets(offset: Int(point.negative.offset), counts: point.negative.counts)
        positive.downscale(by: Int(point.scale) - scale)
        negative.downscale(by: Int(point.scale) - scale)
        var buckets: [(bound: Double, count: UInt64)] = []
        func add(_ bound: Double, _ count: UInt64) {
            // At the ends of what a `Double` can be, a bound is 0 like that of the zeros.
            if let last = buckets.last, last.bound == bound {
                buckets[buckets.count - 1].count &+= count
            } else {
                buckets.append((bound, count))
            }
        }
        for (position, count) in negative.counts.enumerated().reversed() {
            add(-ExponentialHistogram.upperBound(negative.offset + position - 1, scale: scale), count)
        }
        add(0, point.zeroCount)
        // The range of the first bucket begins where it does, not at zero: an empty bucket says so.
        if !positive.counts.isEmpty { add(ExponentialHistogram.upperBound(positive.offset - 1, scale: scale), 0) }
        for (position, count) in positive.counts.enumerated() {
            add(ExponentialHistogram.upperBound(positive.offset + position, scale: scale), count)
        }
        // The last bucket has no bound, and takes what is below an infinite one.
        let above = buckets.last.map { $0.bound.isInfinite } == true ? buckets.removeLast().count : 0
        self.init(
            context: point.context, count: point.count, sum: point.sum, min: point.min, max: point.max,
            bucketCounts: buckets.map { $0.count } + [above], explicitBounds: buckets.map { $0.bound })
    }
}
