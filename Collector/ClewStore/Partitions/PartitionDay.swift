import ClewModel

/// A day in UTC: the span of time whose records lie in one file.
struct PartitionDay: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    let number: Int

    static let nanoseconds = 86_400 * UInt64.nanosecondsPerSecond
    /// The last day that begins within 64-bit nanoseconds.
    private static let last = PartitionDay(of: .max)

    init(number: Int) {
        self.number = number
    }

    init(of time: UnixNanoseconds) {
        number = Int(time / Self.nanoseconds)
    }

    /// Reads a ``name``; `nil` for anything else.
    init?(name: some StringProtocol) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard parts.count == 3, (1970...2554).contains(parts[0]), (1...12).contains(parts[1]),
            (1...31).contains(parts[2])
        else { return nil }
        let day = PartitionDay(year: parts[0], month: parts[1], day: parts[2])
        guard day <= Self.last, day.name == name else { return nil }
        self = day
    }

    /// Times of the day; the last nanosecond that 64 bits can hold counts with its own day but not with the range.
    var times: Range<UnixNanoseconds> {
        let start = UInt64(number) * Self.nanoseconds
        let (end, overflow) = start.addingReportingOverflow(Self.nanoseconds)
        return start..<(overflow ? .max : end)
    }

    /// `YYYY-MM-DD`, so that names sort by time. Years go up to 2554, the end of 64-bit nanoseconds.
    var name: String {
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
        let shifted = number + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Howard Hinnant's days_from_civil, for years from 1 on.
    private init(year: Int, month: Int, day: Int) {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = era * 146_097 + dayOfEra - 719_468
    }

    static func < (left: PartitionDay, right: PartitionDay) -> Bool { left.number < right.number }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
