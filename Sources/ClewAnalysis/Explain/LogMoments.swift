/// Mean and variance of the logarithms of durations.
struct LogMoments: Sendable {
    private(set) var count = 0.0
    private(set) var mean = 0.0
    /// The sum of squared distances from the mean.
    private(set) var squares = 0.0

    init() {}

    /// - Parameter floor: Nanoseconds added to each duration: changes below it are nobody's concern.
    init(_ durations: DurationHistogram, floor: Double) {
        var (count, sum, squares) = (0.0, 0.0, 0.0)
        durations.forEach { duration, times in
            let value = Math.log(Double(duration) + floor)
            let weight = Double(times)
            count += weight
            sum += weight * value
            squares += weight * value * value
        }
        self.count = count
        mean = count > 0 ? sum / count : 0
        self.squares = max(0, squares - sum * mean)
    }

    /// Adds what another has seen (Chan, Golub and LeVeque, 1979).
    mutating func merge(_ other: LogMoments) {
        guard other.count > 0 else { return }
        let sum = count + other.count
        let difference = other.mean - mean
        squares += other.squares + difference * difference * count * other.count / sum
        mean += difference * other.count / sum
        count = sum
    }
}

extension DurationHistogram {
    /// Each duration that occurs, to the precision of its bucket, and how often.
    func forEach(_ body: (UInt64, Int) -> Void) {
        if zeroCount > 0 { body(0, zeroCount) }
        for (index, count) in counts.enumerated() where count > 0 {
            body(Self.middle(ofBucket: offset + index), count)
        }
    }
}
