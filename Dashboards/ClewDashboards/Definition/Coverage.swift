import ClewAnalysis
import ClewModel

/// The part of a dashboard's time that has requests, where it is so small that charts look empty and rates low.
///
/// The axis keeps to the time that was asked for: a gap at its left may be an outage as well as a collector that has
/// just been started, and only the reader can tell.
struct Coverage {
    private let from: UnixNanoseconds
    private let to: UnixNanoseconds
    private let share: Double

    /// A larger share of the time is drawn well enough without a word.
    private static let largestShare = 0.25

    /// - Returns: `nil` for a report without requests, and where they fill enough of its time.
    init?(_ report: REDReport) {
        let starts = report.rows.compactMap { $0.series.firstIndex { $0.count > 0 } }
        let ends = report.rows.compactMap { $0.series.lastIndex { $0.count > 0 } }
        guard report.to > report.from, let first = starts.min(), let last = ends.max(),
            let from = Self.moment(first, report), let end = Self.moment(last + 1, report)
        else { return nil }
        to = min(end, report.to)
        guard from < to else { return nil }
        self.from = from
        share = Double(to - from) / Double(report.to - report.from)
        guard share <= Self.largestShare else { return nil }
    }

    private static func moment(_ step: Int, _ report: REDReport) -> UnixNanoseconds? {
        let (offset, tooLong) = UInt64(step).multipliedReportingOverflow(by: report.step)
        let (time, tooLate) = report.from.addingReportingOverflow(offset)
        return tooLong || tooLate ? nil : time
    }

    var sentence: StyledText {
        StyledText("! ", .warning)
            + StyledText(
                "Requests came only in \(NumberText.percent(share)) of this time, \(TimeText.range(from, to)): ")
            + StyledText("rates are averages over all of it, and a shorter window shows more.", .muted)
    }
}
