/// Tokens of one client: each call takes one, and they come back at a steady rate until the bucket is full.
///
/// The arithmetic is exact, in whole parts of a token: a sum of `Double`s would drift, and a time until the next token that
/// is rounded down makes clients come back too early.
///
/// Source: J. Turner, "New Directions in Communications (or Which Way to the Information Age?)", IEEE Communications
/// Magazine 24(10), 1986: the leaky bucket as a meter, of which this is the mirror image.
struct TokenBucket: Sendable {
    private var level: UInt128
    private var time: UInt64

    /// A full one.
    init(_ rate: TokenRate, at now: UInt64) {
        level = rate.full
        time = now
    }

    /// Takes a token.
    ///
    /// - Parameter now: Nanoseconds of a monotonic clock; one before the last call's counts as that.
    /// - Returns: `nil` where there was one; else in how many nanoseconds there is, `UInt64.max` for never.
    mutating func take(_ rate: TokenRate, at now: UInt64) -> UInt64? {
        refill(rate, at: now)
        guard level >= TokenRate.token else { return rate.time(of: TokenRate.token - level) }
        level -= TokenRate.token
        return nil
    }

    /// The first nanosecond at which the bucket is full, if nothing is taken; `UInt64.max` for never.
    func fullTime(_ rate: TokenRate) -> UInt64 {
        time.addingSaturated(rate.time(of: rate.full - level))
    }

    private mutating func refill(_ rate: TokenRate, at now: UInt64) {
        guard now > time else { return }
        // Two words of 64 bits: their product fits.
        let gain = UInt128(now - time) * UInt128(rate.perNanosecond)
        level = gain < rate.full - level ? level + gain : rate.full
        time = now
    }
}

/// How fast tokens come, and how many there are at most.
struct TokenRate: Hashable, Sendable {
    /// A token, in parts of which a rate of one millionth of a token a second brings one each nanosecond.
    static let token: UInt128 = 1_000_000_000 * 1_000_000

    /// Parts that come each nanosecond, which is also millionths of a token that come each second.
    let perNanosecond: UInt64
    /// Parts in a full bucket: at most 2^63 tokens, so about 2^113.
    let full: UInt128

    /// - Parameters:
    ///   - perSecond: Rounded to millionths, a positive one to no less than one of them; what is negative or not a number
    ///     is 0, and above 1.8e13 nothing changes any more.
    ///   - burst: At least 1.
    init(perSecond: Double, burst: Int) {
        let millionths = (perSecond * 1e6).rounded()
        perNanosecond = perSecond > 0 ? max(1, UInt64(exactly: millionths) ?? .max) : 0
        full = UInt128(max(1, burst)) * Self.token
    }

    /// Nanoseconds, rounded up, until so many parts have come; `UInt64.max` for never.
    func time(of parts: UInt128) -> UInt64 {
        guard parts > 0 else { return 0 }
        guard perNanosecond > 0 else { return .max }
        return UInt64(clamping: (parts - 1) / UInt128(perNanosecond) + 1)
    }
}
