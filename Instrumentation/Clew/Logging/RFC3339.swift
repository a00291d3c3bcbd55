import ClewModel

/// Times as log lines write them: `2025-03-01T12:34:56.000000789Z`.
enum RFC3339 {
    /// UTC with nine fractional digits.
    static func text(_ time: UnixNanoseconds) -> String {
        let seconds = time / .nanosecondsPerSecond
        let (year, month, day) = civil(days: Int(seconds / 86400))
        let clock = Int(seconds % 86400)
        return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2) + "T" + pad(clock / 3600, 2) + ":"
            + pad(clock / 60 % 60, 2) + ":" + pad(clock % 60, 2) + "." + pad(Int(time % .nanosecondsPerSecond), 9) + "Z"
    }

    /// Days since 1970-01-01 as a date of the Gregorian calendar.
    ///
    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
