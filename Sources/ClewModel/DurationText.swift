/// Durations as people write them: `250ms`, `1.5s`, `15m`, `2h`, `7d`.
public enum DurationText {
    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("d", 86400e9),
    ]

    /// Reads a non-negative number with a unit; `nil` for anything else, and for more than `UInt64` holds.
    ///
    /// - Returns: Nanoseconds, rounded to the nearest.
    public static func parse(_ text: some StringProtocol) -> UInt64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let suffix = text.dropFirst(number.count)
        guard let unit = units.first(where: { $0.suffix == suffix }), let value = Double(number) else { return nil }
        return UInt64(exactly: (value * unit.nanoseconds).rounded())
    }

    /// Three significant digits and the unit that fits: `950ns`, `12.3ms`, `4.56s`, `2m05s`, `3h07m`, `2d04h`.
    public static func format(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case 0: "0"
        case ..<1000: "\(nanoseconds)ns"
        case ..<999_500: scaled(nanoseconds, by: 1000, unit: "µs")
        case ..<999_500_000: scaled(nanoseconds, by: 1_000_000, unit: "ms")
        case ..<59_950_000_000: scaled(nanoseconds, by: 1_000_000_000, unit: "s")
        default: clock(seconds: (nanoseconds + 500_000_000) / 1_000_000_000)
        }
    }

    private static func scaled(_ nanoseconds: UInt64, by unit: UInt64, unit suffix: String) -> String {
        // Integer rounding to three significant digits, so that equal inputs give equal text everywhere.
        let (decimals, step): (Int, UInt64) =
            nanoseconds < unit * 9995 / 1000
            ? (2, unit / 100) : nanoseconds < unit * 9995 / 100 ? (1, unit / 10) : (0, unit)
        let rounded = (nanoseconds + step / 2) / step
        guard decimals > 0 else { return "\(rounded)\(suffix)" }
        let power: UInt64 = decimals == 2 ? 100 : 10
        let fraction = String(rounded % power)
        return "\(rounded / power).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)\(suffix)"
    }

    private static func clock(seconds: UInt64) -> String {
        func pair(_ large: UInt64, _ largeUnit: String, _ small: UInt64, _ smallUnit: String) -> String {
            "\(large)\(largeUnit)\(small < 10 ? "0" : "")\(small)\(smallUnit)"
        }
        return switch seconds {
        case ..<3600: pair(seconds / 60, "m", seconds % 60, "s")
        case ..<86400: pair(seconds / 3600, "h", seconds % 3600 / 60, "m")
        default: pair(seconds / 86400, "d", seconds % 86400 / 3600, "h")
        }
    }
}
