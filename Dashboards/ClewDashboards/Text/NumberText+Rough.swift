extension NumberText {
    /// Nanoseconds in two significant digits, so that equal behaviour reads equal: `950ns`, `12ms`, `4.6s`; from a minute
    /// on as ``DurationText`` writes them.
    public static func rough(_ nanoseconds: Double) -> String {
        let magnitude = nanoseconds.magnitude
        guard magnitude >= 0.5 else { return "0" }
        guard magnitude < 1.8e19 else { return duration(nanoseconds) }
        var step = 1.0
        while magnitude / step >= 99.5 { step *= 10 }
        let rounded = (magnitude / step).rounded() * step
        let sign = nanoseconds < 0 ? "-" : ""
        switch rounded {
        case ..<1000: return "\(sign)\(fixed(rounded, 0))ns"
        case ..<1e6: return sign + rough(rounded / 1e3, "µs")
        case ..<1e9: return sign + rough(rounded / 1e6, "ms")
        case ..<60e9: return sign + rough(rounded / 1e9, "s")
        default: return sign + duration(rounded)
        }
    }

    /// A change with its sign, as ``rough(_:)``: `+42ms`, `-4.0ms`, `0`.
    public static func roughChange(_ nanoseconds: Double) -> String {
        nanoseconds >= 0.5 ? "+" + rough(nanoseconds) : rough(nanoseconds)
    }

    private static func rough(_ value: Double, _ unit: String) -> String {
        fixed(value, value < 9.95 ? 1 : 0) + unit
    }
}
