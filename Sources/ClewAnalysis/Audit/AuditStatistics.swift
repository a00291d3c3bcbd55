/// The few statistics that rules decide by.
enum AuditStatistics {
    /// Beyond this a difference of shares is not chance: about one in 16,000 by the normal distribution, two-sided, so
    /// that a hundred comparisons in a window raise no false alarm.
    static let certainScore = 4.0

    /// The score of a test whether the first share is greater than the second: the difference in standard errors, with
    /// the variance of the pooled share; 0 where there is nothing to compare.
    ///
    /// Source: the two-proportion z-test; for example NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3.
    static func score(_ first: Share, above second: Share) -> Double {
        guard first.total > 0, second.total > 0 else { return 0 }
        let (firstTotal, secondTotal) = (Double(first.total), Double(second.total))
        let pooled = Double(first.count + second.count) / (firstTotal + secondTotal)
        let variance = pooled * (1 - pooled) * (1 / firstTotal + 1 / secondTotal)
        return variance > 0 ? (first.value - second.value) / variance.squareRoot() : 0
    }

    /// `count` of `total`.
    struct Share: Hashable, Sendable {
        var count: Int
        var total: Int

        /// 0...1; 0 of nothing.
        var value: Double { total > 0 ? Double(count) / Double(total) : 0 }

        static func + (left: Share, right: Share) -> Share {
            Share(count: left.count + right.count, total: left.total + right.total)
        }
    }

    /// A share as a sentence has it: `34 %`.
    static func percent(_ share: Double) -> String {
        share.isFinite ? "\(Int((min(max(share, 0), 1) * 100).rounded())) %" : "0 %"
    }
}

extension DurationHistogram {
    /// Within 4.5 % of the true median; 0 for an empty histogram.
    var median: UInt64 { quantile(0.5) }

    /// Values of at least `bound`, judged by the middle of their buckets.
    func count(atLeast bound: UInt64) -> Int {
        guard bound > 0 else { return count }
        let first = Self.bucket(of: bound)
        return counts.enumerated().reduce(0) { $0 + (offset + $1.offset >= first ? $1.element : 0) }
    }
}

extension AuditSettings {
    /// A parameter that is given in milliseconds, in nanoseconds; at most a day.
    func nanoseconds(_ parameter: String, of rule: AuditRule) -> UInt64 {
        let milliseconds = value(parameter, of: rule)
        return milliseconds.isFinite ? UInt64(min(max(milliseconds, 0), 86_400_000) * 1_000_000) : 0
    }
}
