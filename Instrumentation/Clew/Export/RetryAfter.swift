import ClewModel

/// The header `Retry-After`: seconds, or a date.
///
/// Source: RFC 9110 §10.2.3, §5.6.7 (only the preferred form of dates, `Sun, 06 Nov 1994 08:49:37 GMT`).
enum RetryAfter {
    /// How long to wait from `now`; `nil` where the text is neither.
    static func duration(_ text: String, now: UnixNanoseconds) -> Duration? {
        if let seconds = Int64(text) { return .seconds(min(max(seconds, 0), 86400)) }
        guard let date = seconds(httpDate: text) else { return nil }
        return .seconds(min(max(date - Int64(clamping: now / .nanosecondsPerSecond), 0), 86400))
    }

    /// Seconds since the Unix epoch.
    private static func seconds(httpDate text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = number(parts[1], 1...31),
            let month = months.firstIndex(of: String(parts[2])), let year = number(parts[3], 1970...9999)
        else { return nil }
        let time = parts[4].split(separator: ":")
        guard time.count == 3, let hour = number(time[0], 0...23), let minute = number(time[1], 0...59),
            let second = number(time[2], 0...60)
        else { return nil }
        return days(year, Int64(month) + 1, day) * 86400 + hour * 3600 + minute * 60 + second
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func number(_ text: Substring, _ range: ClosedRange<Int64>) -> Int64? {
        Int64(text).flatMap { range.contains($0) ? $0 : nil }
    }

    /// Days since 1970-01-01. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
