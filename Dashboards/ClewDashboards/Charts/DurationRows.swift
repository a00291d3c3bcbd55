import ClewAnalysis

/// Groups of neighbouring histogram buckets, few enough to be the rows of a chart.
struct DurationRows {
    /// Index of the lowest bucket.
    private let first: Int
    /// Buckets to a row.
    private let group: Int
    let count: Int

    /// Rows that cover every counted duration of these histograms; `nil` when nothing was counted.
    init?(_ histograms: some Sequence<DurationHistogram>, atMost limit: Int) {
        var range: ClosedRange<Int>?
        for histogram in histograms {
            guard let own = Self.counted(histogram) else { continue }
            range = range.map { min($0.lowerBound, own.lowerBound)...max($0.upperBound, own.upperBound) } ?? own
        }
        guard let range else { return nil }
        let buckets = range.upperBound - range.lowerBound + 1
        group = max((buckets + max(limit, 1) - 1) / max(limit, 1), 1)
        first = range.lowerBound
        count = (buckets + group - 1) / group
    }

    /// How many durations fall into each row, the shortest first; durations of zero fall into the first.
    func counts(_ histogram: DurationHistogram) -> [Int] {
        var result = Array(repeating: 0, count: count)
        result[0] += histogram.zeroCount
        for (index, value) in histogram.counts.enumerated() where value > 0 {
            let row = (histogram.offset + index - first) / group
            if result.indices.contains(row) { result[row] += value }
        }
        return result
    }

    /// The longest duration of a row, in nanoseconds.
    func upperBound(_ row: Int) -> UInt64 { DurationHistogram.upperBound(ofBucket: first + (row + 1) * group - 1) }

    private static func counted(_ histogram: DurationHistogram) -> ClosedRange<Int>? {
        guard let low = histogram.counts.firstIndex(where: { $0 > 0 }),
            let high = histogram.counts.lastIndex(where: { $0 > 0 })
        else { return histogram.zeroCount > 0 ? 0...0 : nil }
        return (histogram.offset + low)...(histogram.offset + high)
    }
}
