import ClewModel

/// Random figures by the standard library alone, so that equal seeds give equal incidents on every machine.
struct SyntheticRandom: Sendable {
    var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    mutating func chance(_ share: Double) -> Bool {
        Double.random(in: 0..<1, using: &generator) < share
    }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        Double.random(in: range, using: &generator)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    /// A normal variate of mean 0 and deviation 1.
    ///
    /// The ones among 64 random bits are binomial with mean 32 and variance 16, as near to normal as durations are; a
    /// uniform number, of variance 1/12, fills the steps between.
    mutating func normal() -> Double {
        let ones = Double(generator.next().nonzeroBitCount) - 32
        return (ones + uniform(-0.5...0.5)) / (16 + 1 / 12.0).squareRoot()
    }

    /// - Parameters:
    ///   - median: In any unit, which is the result's.
    ///   - sigma: The deviation of the logarithm; 0.35 puts nineteen of twenty between half and twice the median.
    mutating func logNormal(_ median: Double, sigma: Double) -> Double {
        median * Self.exp(normal() * sigma)
    }

    /// e to the power of a small number, within 1e-12.
    static func exp(_ power: Double) -> Double {
        let bounded = min(max(power, -500), 500)
        let doublings = (bounded / naturalLogarithmOf2).rounded()
        let rest = bounded - doublings * naturalLogarithmOf2
        var (term, sum) = (1.0, 1.0)
        for number in 1...11 {
            term *= rest / Double(number)
            sum += term
        }
        return sum * Double(sign: .plus, exponent: Int(doublings), significand: 1)
    }

    private static let naturalLogarithmOf2 = 0.693_147_180_559_945_3
}
