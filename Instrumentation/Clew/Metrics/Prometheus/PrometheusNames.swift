import ClewModel

/// Names and units as Prometheus writes them.
///
/// Source: OpenTelemetry, "Prometheus and OpenMetrics Compatibility", metric metadata and metric attributes.
enum PrometheusNames {
    /// The name of a metric with its unit, without the ending of counters; and the unit where the name ends with it.
    static func metric(_ name: String, unit: String, isCounter: Bool, isGauge: Bool) -> (name: String, unit: String) {
        var base = clean(name, allowsColon: true)
        if isCounter, base.hasSuffix("_total") { base.removeLast("_total".utf8.count) }
        let unit = words(ofUnit: unit, isGauge: isGauge)
        if !unit.isEmpty, !"_\(base)_".contains("_\(unit)_") { base = clean("\(base)_\(unit)", allowsColon: true) }
        return (base, base.hasSuffix("_\(unit)") ? unit : "")
    }

    static func label(_ key: String) -> String {
        let label = clean(key, allowsColon: false)
        return label.hasPrefix("_") && label != key ? "key\(label)" : label
    }

    /// With `_` for what Prometheus does not allow, never two of them in a row, and none at the front for a digit.
    private static func clean(_ name: String, allowsColon: Bool) -> String {
        var result: [UInt8] = []
        for scalar in name.unicodeScalars {
            let byte = UInt8(exactly: scalar.value) ?? 0
            let isAllowed =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: ":"): allowsColon
                default: false
                }
            let next = isAllowed ? byte : UInt8(ascii: "_")
            if next == UInt8(ascii: "_"), result.last == next { continue }
            if result.isEmpty, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
                result.append(UInt8(ascii: "_"))
            }
            result.append(next)
        }
        return result.isEmpty ? "_" : String(decoding: result, as: UTF8.self)
    }

    /// A UCUM unit in words, without what stands in braces; empty where nothing is left. Only of gauges is `1` a ratio.
    private static func words(ofUnit unit: String, isGauge: Bool) -> String {
        var bare = ""
        var depth = 0
        for character in unit {
            switch character {
            case "{": depth += 1
            case "}": depth -= 1
            default: if depth == 0, !character.isWhitespace { bare.append(character) }
            }
        }
        if bare == "1" { return isGauge ? "ratio" : "" }
        let parts = bare.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first else { return "" }
        let above = first.isEmpty || first == "1" ? "" : clean(units[first] ?? first, allowsColon: false)
        guard parts.count == 2, !parts[1].isEmpty else { return above }
        let below = clean(singularUnits[parts[1]] ?? units[parts[1]] ?? parts[1], allowsColon: false)
        return above.isEmpty ? "per_\(below)" : "\(above)_per_\(below)"
    }

    private static let units = [
        "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds",
        "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes",
        "TiBy": "tibibytes", "KBy": "kilobytes", "kBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes",
        "TBy": "terabytes", "bit": "bits", "m": "meters", "V": "volts", "A": "amperes", "J": "joules", "W": "watts",
        "g": "grams", "Cel": "celsius", "Hz": "hertz", "%": "percent",
    ]

    private static let singularUnits = [
        "s": "second", "m": "minute", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month",
        "a": "year",
    ]
}
