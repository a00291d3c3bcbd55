import ClewModel

/// How large the requests of one operation are by some measure, and the largest of them.
struct RequestSizes: Sendable {
    struct Large: Sendable {
        var size: Int
        /// Nanoseconds.
        var duration: UInt64
        var evidence: Finding.Evidence
    }

    /// Large requests that are kept: which of them are too large shows only when all were seen.
    static let maximumKept = 64

    /// In thousandths, so that small numbers are not lost to the rounding of the buckets.
    private var sizes = DurationHistogram()
    private var durations = DurationHistogram()
    private(set) var count = 0
    /// The largest first; the order does not depend on that of arrival.
    private(set) var large: [Large] = []

    /// Within 4.5 % of the true one.
    var median: Double { Double(sizes.median) / 1000 }

    /// Nanoseconds.
    var medianDuration: UInt64 { durations.median }

    /// - Parameter size: From zero.
    mutating func record(_ size: Int, _ duration: UInt64) {
        count += 1
        let (thousandths, overflowed) = UInt64(clamping: size).multipliedReportingOverflow(by: 1000)
        sizes.record(overflowed ? .max : thousandths)
        durations.record(duration)
    }

    /// Remembers a request as one of the largest.
    mutating func keep(_ size: Int, _ duration: UInt64, _ evidence: @autoclosure () -> Finding.Evidence?) {
        if large.count == Self.maximumKept, let last = large.last, last.size > size { return }
        guard let evidence = evidence() else { return }
        let item = Large(size: size, duration: duration, evidence: evidence)
        large.insert(item, at: large.firstIndex { Self.precedes(item, $0) } ?? large.count)
        if large.count > Self.maximumKept { large.removeLast() }
    }

    private static func precedes(_ left: Large, _ right: Large) -> Bool {
        if left.size != right.size { return left.size > right.size }
        return left.evidence.precedes(right.evidence)
    }
}
