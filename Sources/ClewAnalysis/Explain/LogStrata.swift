/// Durations before and now, executions of one shape against those of the same shape.
struct LogStrata: Sendable {
    /// Of the shapes that both sides have.
    private(set) var before = LogMoments()
    private(set) var now = LogMoments()
    private var strata: [(before: LogMoments, now: LogMoments)] = []

    init(before: [Int: DurationHistogram], now: [Int: DurationHistogram], floor: Double) {
        // In a fixed order: sums of floating-point numbers depend on it.
        for (shape, durations) in now.sorted(by: { $0.key < $1.key }) {
            guard let earlier = before[shape] else { continue }
            let stratum = (LogMoments(earlier, floor: floor), LogMoments(durations, floor: floor))
            strata.append(stratum)
            self.before.merge(stratum.0)
            self.now.merge(stratum.1)
        }
    }

    var fewest: Double { min(before.count, now.count) }

    private var freedom: Double { before.count + now.count - 2 * Double(strata.count) }
    private var squares: Double { strata.reduce(0) { $0 + $1.before.squares + $1.now.squares } }

    /// Within the strata; `nil` where it is a guess.
    var variance: Double? { freedom >= 4 ? squares / freedom : nil }

    /// The mean difference of the strata, each weighted by how well it is known.
    func effect(priorVariance: Double) -> Effect {
        var (weights, difference) = (0.0, 0.0)
        for (before, now) in strata {
            let weight = before.count * now.count / (before.count + now.count)
            weights += weight
            difference += weight * (now.mean - before.mean)
        }
        guard weights > 0 else { return Effect(difference: 0, standardError: 1) }
        let variance = (squares + 4 * priorVariance) / (max(0, freedom) + 4)
        return Effect(difference: difference / weights, standardError: (variance / weights).squareRoot())
    }
}
