public import ClewModel

/// Moments as text, always in UTC, so that two people reading one export see one time.
public enum TimeText {
    /// `2026-11-22`.
    public static func date(_ time: UnixNanoseconds) -> String {
        let (year, month, day) = civil(days: time / nanosecondsPerDay)
        return "\(year)-\(two(month))-\(two(day))"
    }

    /// `14:03`.
    public static func minute(_ time: UnixNanoseconds) -> String {
        let minutes = time % nanosecondsPerDay / (60 * .nanosecondsPerSecond)
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// `14:03:07`.
    public static func second(_ time: UnixNanoseconds) -> String {
        "\(minute(time)):\(two(time / .nanosecondsPerSecond % 60))"
    }

    /// `2026-11-22 14:03:07.123`.
    public static func millisecond(_ time: UnixNanoseconds) -> String {
        let milliseconds = String(time / 1_000_000 % 1000 + 1000).dropFirst()
        return "\(date(time)) \(second(time)).\(milliseconds)"
    }

    /// `2026-11-22 14:00–14:15 UTC (15m00s)`, with seconds or the second date where they are needed.
    public static func range(_ from: UnixNanoseconds, _ to: UnixNanoseconds) -> String {
        let isWhole = from % (60 * .nanosecondsPerSecond) == 0 && to % (60 * .nanosecondsPerSecond) == 0
        func clock(_ time: UnixNanoseconds) -> String { isWhole ? minute(time) : second(time) }
        let end = date(from) == date(to) ? clock(to) : "\(date(to)) \(clock(to))"
        let separator = date(from) == date(to) ? "–" : " – "
        return "\(date(from)) \(clock(from))\(separator)\(end) UTC (\(DurationText.format(to > from ? to - from : 0)))"
    }

    static let nanosecondsPerDay: UInt64 = 86400 * .nanosecondsPerSecond

    private static func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : String(value) }

    /// Days since 1970-01-01 as a date of the Gregorian calendar.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private static func civil(days: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
