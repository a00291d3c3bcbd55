import ClewModel

/// Numbers as people read them; the same on every machine, whatever its locale.
public enum NumberText {
    /// A number with a fixed count of decimals: `fixed(3.14159, 2)` is `3.14`. Rounds half away from zero.
    public static func fixed(_ value: Double, _ decimals: Int) -> String {
        let power = decimals <= 0 ? 1.0 : decimals == 1 ? 10 : decimals == 2 ? 100 : 1000
        let scaled = (value.magnitude * power).rounded()
        guard scaled.isFinite, scaled < 9e15 else { return value.isNaN ? "–" : value < 0 ? "-∞" : "∞" }
        let integer = Int64(scaled)
        let divisor = Int64(power)
        let sign = value < 0 && integer != 0 ? "-" : ""
        guard divisor > 1 else { return sign + String(integer) }
        let fraction = String(integer % divisor + divisor).dropFirst()
        return "\(sign)\(integer / divisor).\(fraction)"
    }

    /// Exact with thousands separated up to 99,999, then three digits and a unit: `123k`, `4.56M`, `7.89G`.
    public static func count(_ value: Int) -> String {
        guard value.magnitude > 99_999 else { return grouped(value) }
        return scaled(Double(value))
    }

    /// Every digit, with thousands separated: `1,234,567`.
    public static func grouped(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var result = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// A count that need not be whole: `0`, `0.35`, `2.5`, `120`, `12.3k`.
    public static func decimal(_ value: Double) -> String {
        switch value.magnitude {
        case 0: "0"
        case ..<0.995: fixed(value, 2)
        case ..<99.95: value.rounded() == value ? fixed(value, 0) : fixed(value, 1)
        case ..<999.5: fixed(value, 0)
        default: scaled(value)
        }
    }

    /// Per second; per minute or hour where that reads better: `12.3/s`, `1.23k/s`, `4.5/min`, `2/h`.
    public static func rate(_ perSecond: Double) -> String {
        switch perSecond.magnitude {
        case 0: "0/s"
        case ..<(1.0 / 60): "\(decimal(perSecond * 3600))/h"
        case ..<0.1: "\(decimal(perSecond * 60))/min"
        default: "\(decimal(perSecond))/s"
        }
    }

    /// Events over a time, as a rate; zero for no time.
    public static func rate(_ count: Int, over nanoseconds: UInt64) -> String {
        rate(perSecond(count, over: nanoseconds))
    }

    static func perSecond(_ count: Int, over nanoseconds: UInt64) -> Double {
        nanoseconds == 0 ? 0 : Double(count) / (Double(nanoseconds) / Double(UInt64.nanosecondsPerSecond))
    }

    /// A share of 1 as a percentage: `0 %`, `<0.01 %`, `0.42 %`, `4.2 %`, `42 %`, `100 %`.
    ///
    /// Only an exact 0 or 1 is shown as `0 %` or `100 %`: one failure in a million is not none.
    public static func percent(_ share: Double) -> String {
        let value = share * 100
        return switch value.magnitude {
        case 0: "0 %"
        case ..<0.01: value < 0 ? ">-0.01 %" : "<0.01 %"
        case ..<0.995: "\(fixed(value, 2)) %"
        case ..<9.95: "\(fixed(value, 1)) %"
        case 99.5..<100: "\(value < 0 ? "-" : "")>99 %"
        default: "\(fixed(value, 0)) %"
        }
    }

    /// Nanoseconds as a duration, from a mean or a sum that need not be whole.
    public static func duration(_ nanoseconds: Double) -> String {
        let magnitude = nanoseconds.magnitude.rounded()
        let text = DurationText.format(magnitude < 1.8e19 ? UInt64(magnitude) : .max)
        return nanoseconds < 0 && magnitude > 0 ? "-" + text : text
    }

    /// A change with its sign: `+312ms`, `-4.00ms`, `0`.
    public static func change(_ nanoseconds: Double) -> String {
        nanoseconds.rounded() > 0 ? "+" + duration(nanoseconds) : duration(nanoseconds)
    }

    /// `1 trace`, `42 traces`.
    public static func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
        "\(NumberText.count(count)) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    private static func scaled(_ value: Double) -> String {
        var rest = value
        for unit in ["", "k", "M", "G", "T", "P"] {
            if rest.magnitude < 999.5 || unit == "P" {
                let decimals = rest.magnitude < 9.995 ? 2 : rest.magnitude < 99.95 ? 1 : 0
                return fixed(rest, decimals) + unit
            }
            rest /= 1000
        }
        return fixed(rest, 0)
    }
}
