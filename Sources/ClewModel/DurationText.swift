/// Durations as people write them: `250ms`, `1.5s`, `15m`, `2h`, `7d`.
public enum DurationText {
    private static let units: [(suffix: String, nanoseconds: UInt64)] = [
        ("ns", 1), ("us", 1000), ("µs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]

    /// Reads non-negative numbers with units, the larger unit first (`250ms`, `1.5h`, `2m05s`), or `0`; `nil` for anything
    /// else, and for more than `UInt64` holds.
    ///
    /// - Returns: Nanoseconds, rounded to the nearest.
    public static func parse(_ text: some StringProtocol) -> UInt64? {
        if text == "0" { return 0 }
        var rest = text[...]
        var total: UInt64 = 0
        var previousUnit = UInt64.max
        repeat {
            let number = rest.prefix(while: isNumeric)
            rest = rest.dropFirst(number.count)
            let suffix = rest.prefix { !isNumeric($0) }
            rest = rest.dropFirst(suffix.count)
            guard let unit = units.first(where: { $0.suffix == suffix })?.nanoseconds, unit < previousUnit,
                let part = scaled(String(number), by: unit)
            else { return nil }
            let (sum, overflowed) = total.addingReportingOverflow(part)
            guard !overflowed else { return nil }
            (total, previousUnit) = (sum, unit)
        } while !rest.isEmpty
        return total
    }

    private static func isNumeric(_ character: Character) -> Bool {
        ("0"..."9").contains(character) || character == "."
    }

    /// Whole numbers are multiplied exactly: `Double` would round nanoseconds since the epoch.
    private static func scaled(_ number: String, by unit: UInt64) -> UInt64? {
        if let whole = UInt64(number) {
            let (product, overflowed) = whole.multipliedReportingOverflow(by: unit)
            return overflowed ? nil : product
        }
        return Double(number).flatMap { UInt64(exactly: ($0 * Double(unit)).rounded()) }
    }

    /// Three significant digits and the unit that fits: `950ns`, `12.3ms`, `4.56s`; from a minute on two units, rounded to
    /// the smaller: `2m05s`, `3h07m`, `2d04h`.
    public static func format(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case 0: "0"
        case ..<1000: "\(nanoseconds)ns"
        case ..<999_500: scaled(nanoseconds, by: 1000, unit: "µs")
        case ..<999_500_000: scaled(nanoseconds, by: 1_000_000, unit: "ms")
        case ..<59_950_000_000: scaled(nanoseconds, by: 1_000_000_000, unit: "s")
        default: clock(nanoseconds)
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

    private static func clock(_ nanoseconds: UInt64) -> String {
        func rounded(_ unit: UInt64) -> UInt64 {
            nanoseconds / unit + (nanoseconds % unit >= unit / 2 ? 1 : 0)
        }
        func pair(_ small: UInt64, per large: UInt64, _ largeUnit: String, _ smallUnit: String) -> String {
            "\(small / large)\(largeUnit)\(small % large < 10 ? "0" : "")\(small % large)\(smallUnit)"
        }
        let (seconds, minutes) = (rounded(1_000_000_000), rounded(60_000_000_000))
        if seconds < 3600 { return pair(seconds, per: 60, "m", "s") }
        if minutes < 1440 { return pair(minutes, per: 60, "h", "m") }
        return pair(rounded(3_600_000_000_000), per: 24, "d", "h")
    }
}
