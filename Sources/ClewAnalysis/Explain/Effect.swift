/// A difference between two samples, and how far chance alone could have brought it about.
struct Effect: Sendable {
    /// On a logarithmic scale: that of durations, or of shares by the arcsine of their roots, where a change from never to
    /// always is pi.
    var difference: Double
    var standardError: Double

    /// The 95 % interval.
    var interval: ClosedRange<Double> {
        let half = 1.96 * standardError
        return (difference - half)...(difference + half)
    }

    /// Adds another source of noise, by its standard deviation.
    mutating func widen(by deviation: Double) {
        standardError = (standardError * standardError + deviation * deviation).squareRoot()
    }

    /// The difference less what is common to all, pulled towards zero the more it could be chance.
    ///
    /// For a difference of `d` and a noise of `s`: `d³ / (d² + 4s²)`, half of `d` where it is twice the noise. A test
    /// of significance would rank what was measured often above what changed much.
    func shrunk(drift: Drift = .none) -> Double {
        let difference = difference - drift.center
        let noise = standardError * standardError + drift.spread * drift.spread
        let square = difference * difference
        return square > 0 ? difference * square / (square + 4 * noise) : 0
    }

    /// Two shares: `k` of `n` executions before and now (Cohen's h; J. Cohen, Statistical Power Analysis, ch. 6).
    init(before: Share, now: Share) {
        difference = 2 * (now.angle - before.angle)
        standardError = (1 / before.total + 1 / now.total).squareRoot()
    }

    init(difference: Double, standardError: Double) {
        self.difference = difference
        self.standardError = standardError
    }

    /// Some of all.
    struct Share: Sendable {
        var part: Double
        var total: Double

        init(_ share: Double, of total: Double) {
            part = share * total
            self.total = total
        }

        init(_ part: Int, of total: Int) {
            self.part = Double(part)
            self.total = Double(max(1, total))
        }

        var value: Double { min(1, part / total) }
        /// Three eighths are added: without, none of few would be as certain as none of many (Anscombe, 1948).
        var angle: Double { Math.asin(((min(part, total) + 0.375) / (total + 0.75)).squareRoot()) }
    }
}

/// What changed everywhere a little, as where load differs: the middle of all differences and their spread.
///
/// Against it a difference is judged, so that no constant says what is much: the empirical null of B. Efron
/// (Large-Scale Simultaneous Hypothesis Testing, 2004).
struct Drift: Sendable {
    var center: Double
    /// A standard deviation.
    var spread: Double

    static let none = Drift(center: 0, spread: 0)

    /// The median and the median absolute deviation.
    init(of differences: [Double]) {
        center = Self.quantile(differences, 0.5)
        let middle = center
        spread = 1.4826 * Self.quantile(differences.map { abs($0 - middle) }, 0.5)
    }

    /// For shares, most of which do not change at all: about zero, by the two thirds that lie within one deviation.
    init(ofShares differences: [Double]) {
        center = 0
        spread = Self.quantile(differences.map(abs), 0.683)
    }

    init(center: Double, spread: Double) {
        self.center = center
        self.spread = spread
    }

    static func quantile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}
