import ClewModel

/// Times as log lines write them: `2025-03-01T12:34:56.000000789Z`.
extension [UInt8] {
    /// UTC with nine fractional digits, or three.
    ///
    /// Nothing is kept between lines: to compute the date costs less than to share it between threads.
    mutating func append(rfc3339 time: UnixNanoseconds, milliseconds: Bool = false) {
        let (seconds, fraction) = time.quotientAndRemainder(dividingBy: .nanosecondsPerSecond)
        let (days, clock) = seconds.quotientAndRemainder(dividingBy: 86400)
        let date = Self.civil(days: days)
        append(decimal: date.year, digits: 4)
        append(UInt8(ascii: "-"))
        append(decimal: date.month, digits: 2)
        append(UInt8(ascii: "-"))
        append(decimal: date.day, digits: 2)
        append(UInt8(ascii: "T"))
        append(decimal: clock / 3600, digits: 2)
        append(UInt8(ascii: ":"))
        append(decimal: clock / 60 % 60, digits: 2)
        append(UInt8(ascii: ":"))
        append(decimal: clock % 60, digits: 2)
        append(UInt8(ascii: "."))
        append(decimal: milliseconds ? fraction / 1_000_000 : fraction, digits: milliseconds ? 3 : 9)
        append(UInt8(ascii: "Z"))
    }

    /// Days since 1970-01-01 as a date of the Gregorian calendar.
    ///
    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private static func civil(days: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The last digits of a number, with leading zeros.
    private mutating func append(decimal value: UInt64, digits: Int) {
        let start = count
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
        var rest = value
        for index in (start..<count).reversed() {
            self[index] += UInt8(rest % 10)
            rest /= 10
        }
    }
}
