/// A small deterministic generator: equal seeds give equal numbers on every machine.
///
/// For sampling and for tests, not for secrets. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators" (OOPSLA 2014), with the constants of `java.util.SplittableRandom`.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    /// What the state grows by at each number: odd, and near 2^64 divided by the golden ratio.
    public static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// Spreads the bits of a word so that near words give unrelated ones; a bijection.
    public static func mix(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
