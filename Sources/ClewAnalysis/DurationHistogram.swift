/// Counts of durations in buckets of equal relative width, so that quantiles have a bounded relative error.
///
/// Buckets follow OpenTelemetry's base-2 exponential histogram at scale 3: eight buckets to a doubling, so a quantile
/// read from it is within 4.5 % of the true one. Merging two histograms adds their counts.
public struct DurationHistogram: Hashable, Sendable {
    /// Index of the first bucket in ``counts``; bucket `i` holds durations in (2^(i/8), 2^((i+1)/8)] nanoseconds.
    public private(set) var offset: Int
    public private(set) var counts: [Int]
    /// Durations of zero nanoseconds.
    public private(set) var zeroCount: Int

    public init() {
        offset = 0
        counts = []
        zeroCount = 0
    }

    /// Durations recorded.
    public var count: Int { counts.reduce(zeroCount, +) }

    public var isEmpty: Bool { zeroCount == 0 && counts.isEmpty }

    /// Adds one duration in nanoseconds.
    public mutating func record(_ duration: UInt64) {
        if duration == 0 {
            zeroCount += 1
        } else {
            let bucket = Self.bucket(of: duration)
            makeRoom(for: bucket)
            counts[bucket - offset] += 1
        }
    }

    /// Adds all that `other` holds.
    public mutating func merge(_ other: DurationHistogram) {
        zeroCount += other.zeroCount
        guard !other.counts.isEmpty else { return }
        makeRoom(for: other.offset)
        makeRoom(for: other.offset + other.counts.count - 1)
        for (index, count) in other.counts.enumerated() { counts[other.offset + index - offset] += count }
    }

    /// Takes away what `other` holds, all of which was added before.
    mutating func subtract(_ other: DurationHistogram) {
        zeroCount -= other.zeroCount
        for (index, count) in other.counts.enumerated() { counts[other.offset + index - offset] -= count }
    }

    /// The duration in nanoseconds that a share `q` of all does not exceed: the geometric middle of its bucket, within
    /// 4.5 % of the true value. Zero for an empty histogram; `q` outside 0...1 reads as the nearer end.
    public func quantile(_ q: Double) -> UInt64 {
        let total = count
        guard total > 0 else { return 0 }
        let share = q.isNaN ? 0 : min(max(q, 0), 1)
        var rank = max(1, min(total, Int((share * Double(total)).rounded(.up))))
        if rank <= zeroCount { return 0 }
        rank -= zeroCount
        for (index, count) in counts.enumerated() {
            if rank <= count { return Self.middle(ofBucket: offset + index) }
            rank -= count
        }
        return Self.upperBound(ofBucket: offset + counts.count - 1)
    }

    /// The usual quantiles, none above `maximum`; where the true maximum is not known, the middle of the last bucket
    /// stands for it.
    public func quantiles(maximum: UInt64? = nil) -> Quantiles {
        let maximum = maximum ?? quantile(1)
        func atMost(_ q: Double) -> UInt64 { min(quantile(q), maximum) }
        return Quantiles(p50: atMost(0.5), p90: atMost(0.9), p95: atMost(0.95), p99: atMost(0.99), max: maximum)
    }

    private mutating func makeRoom(for bucket: Int) {
        if counts.isEmpty {
            offset = bucket
            counts = [0]
        } else if bucket < offset {
            counts.insert(contentsOf: repeatElement(0, count: offset - bucket), at: 0)
            offset = bucket
        } else if bucket >= offset + counts.count {
            counts.append(contentsOf: repeatElement(0, count: bucket - offset - counts.count + 1))
        }
    }
}

// MARK: - Buckets

extension DurationHistogram {
    /// The buckets that nanoseconds in a `UInt64` can fall into; bucket -1 holds exactly 1 ns.
    public static let bucketRange = -1...511

    /// The bucket of a duration above zero.
    public static func bucket(of duration: UInt64) -> Int {
        guard duration > 1 else { return -1 }
        let exponent = 63 - duration.leadingZeroBitCount
        let mantissa = duration << UInt64(duration.leadingZeroBitCount)
        // An upper bound belongs to its bucket, so a power of two lies in the bucket below.
        guard mantissa > powers[0] else { return 8 * exponent - 1 }
        var step = 0
        while step < 7, mantissa > powers[2 * (step + 1)] { step += 1 }
        return 8 * exponent + step
    }

    /// The lower bound of a bucket in nanoseconds, exclusive; rounded down.
    public static func lowerBound(ofBucket index: Int) -> UInt64 { power(ofSixteenths: 2 * index) }

    /// The upper bound of a bucket in nanoseconds, inclusive; rounded down, `UInt64.max` for the last.
    public static func upperBound(ofBucket index: Int) -> UInt64 { power(ofSixteenths: 2 * (index + 1)) }

    /// The geometric middle of a bucket in nanoseconds.
    static func middle(ofBucket index: Int) -> UInt64 { power(ofSixteenths: 2 * index + 1) }

    /// 2^(sixteenths/16), rounded down but for the middle of bucket -1, and kept within `UInt64`.
    private static func power(ofSixteenths sixteenths: Int) -> UInt64 {
        let exponent = sixteenths >> 4
        if exponent < 0 { return sixteenths == -1 ? 1 : 0 }
        return exponent > 63 ? .max : powers[sixteenths & 15] >> UInt64(63 - exponent)
    }

    /// 2^63 * 2^(k/16) for k in 0..<16, rounded down: even entries bound buckets, odd ones are their middles.
    private static let powers: [UInt64] = [
        0x8000_0000_0000_0000, 0x85AA_C367_CC48_7B14, 0x8B95_C1E3_EA8B_D6E6, 0x91C3_D373_AB11_C336,
        0x9837_F051_8DB8_A96F, 0x9EF5_3260_91A1_11AD, 0xA5FE_D6A9_B151_38EA, 0xAD58_3EEA_42A1_4AC6,
        0xB504_F333_F9DE_6484, 0xBD08_A39F_580C_36BE, 0xC567_2A11_5506_DADD, 0xCE24_8C15_1F84_80E3,
        0xD744_FCCA_D69D_6AF4, 0xE0CC_DEEC_2A94_E111, 0xEAC0_C6E7_DD24_392E, 0xF525_7D15_2486_CC2C,
    ]
}

// MARK: - Codable

extension DurationHistogram: Codable {
    private enum CodingKeys: String, CodingKey {
        case offset, counts, zeroCount
    }

    /// Counts are read up to this, so that no sum of them overflows.
    private static let largestCount = 1 << 40

    /// Refuses buckets outside ``bucketRange``, and counts that are negative or above 2^40.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        offset = try container.decode(Int.self, forKey: .offset)
        counts = try container.decode([Int].self, forKey: .counts)
        zeroCount = try container.decode(Int.self, forKey: .zeroCount)
        let isValid =
            (counts.isEmpty || Self.bucketRange.contains(offset))
            && counts.count <= Self.bucketRange.count
            && (counts.isEmpty || offset + counts.count - 1 <= Self.bucketRange.upperBound)
            && (counts + [zeroCount]).allSatisfy { (0...Self.largestCount).contains($0) }
        guard isValid else {
            throw DecodingError.dataCorruptedError(
                forKey: .counts, in: container,
                debugDescription: "buckets must lie in \(Self.bucketRange), counts in 0...\(Self.largestCount)")
        }
    }
}
