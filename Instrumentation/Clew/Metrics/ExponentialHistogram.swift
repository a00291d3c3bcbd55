import ClewModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A distribution over buckets that grow by a constant factor, which is chosen so that all measurements fit.
///
/// At scale `s` the bucket with index `i` holds magnitudes in (b^i, b^(i+1)] with b = 2^(2^-s). A measurement that would
/// need more buckets than allowed halves the scale's resolution until it fits.
///
/// Source: OpenTelemetry Metrics SDK, "Base2 Exponential Bucket Histogram Aggregation"; data model,
/// "ExponentialHistogram".
struct ExponentialHistogram: Sendable {
    /// Counts of consecutive buckets, the first at index `offset`.
    struct Buckets: Sendable, Equatable {
        var offset = 0
        var counts: [UInt64] = []

        var indices: ClosedRange<Int>? { counts.isEmpty ? nil : offset...(offset + counts.count - 1) }

        mutating func add(_ count: UInt64, at index: Int) {
            if counts.isEmpty { offset = index }
            if index < offset {
                counts.insert(contentsOf: repeatElement(0, count: offset - index), at: 0)
                offset = index
            } else if index - offset >= counts.count {
                counts.append(contentsOf: repeatElement(0, count: index - offset - counts.count + 1))
            }
            counts[index - offset] &+= count
        }

        mutating func downscale(by shift: Int) {
            guard shift > 0, !counts.isEmpty else { return }
            let first = offset >> shift
            var merged = [UInt64](repeating: 0, count: ((offset + counts.count - 1) >> shift) - first + 1)
            for (position, count) in counts.enumerated() { merged[((offset + position) >> shift) - first] &+= count }
            (offset, counts) = (first, merged)
        }
    }

    private(set) var scale: Int
    private(set) var count: UInt64 = 0
    private(set) var zeroCount: UInt64 = 0
    private(set) var sum = 0.0
    private(set) var min = Double.infinity
    private(set) var max = -Double.infinity
    private(set) var positive = Buckets()
    private(set) var negative = Buckets()
    private let maximumBuckets: Int

    /// - Parameters:
    ///   - maximumBuckets: For positive values, and again for negative ones; 2...1000.
    ///   - maximumScale: With which it begins; -10...20.
    init(maximumBuckets: Int, maximumScale: Int) {
        self.maximumBuckets = Swift.min(Swift.max(maximumBuckets, 2), 1000)
        scale = Swift.min(Swift.max(maximumScale, -10), 20)
    }

    /// The value is finite.
    mutating func record(_ value: Double) {
        count &+= 1
        sum += value
        min = Swift.min(min, value)
        max = Swift.max(max, value)
        guard value != 0 else {
            zeroCount &+= 1
            return
        }
        let index = Self.index(of: value.magnitude, scale: scale)
        let shift = excess((value < 0 ? negative : positive).indices, index...index)
        downscale(by: shift)
        if value < 0 { negative.add(1, at: index >> shift) } else { positive.add(1, at: index >> shift) }
    }

    mutating func add(_ other: ExponentialHistogram) {
        var other = other
        let common = Swift.min(scale, other.scale)
        downscale(by: scale - common)
        other.downscale(by: other.scale - common)
        let shift = Swift.max(
            excess(positive.indices, other.positive.indices), excess(negative.indices, other.negative.indices))
        downscale(by: shift)
        other.downscale(by: shift)
        for (position, count) in other.positive.counts.enumerated() where count > 0 {
            positive.add(count, at: other.positive.offset + position)
        }
        for (position, count) in other.negative.counts.enumerated() where count > 0 {
            negative.add(count, at: other.negative.offset + position)
        }
        count &+= other.count
        zeroCount &+= other.zeroCount
        sum += other.sum
        min = Swift.min(min, other.min)
        max = Swift.max(max, other.max)
    }

    /// Lowers the scale, each time joining two buckets to one.
    mutating func downscale(by shift: Int) {
        guard shift > 0 else { return }
        positive.downscale(by: shift)
        negative.downscale(by: shift)
        scale -= shift
    }

    /// By how much the scale must fall for both ranges of indices to fit.
    private func excess(_ left: ClosedRange<Int>?, _ right: ClosedRange<Int>?) -> Int {
        guard let left, let right else { return 0 }
        var low = Swift.min(left.lowerBound, right.lowerBound)
        var high = Swift.max(left.upperBound, right.upperBound)
        var shift = 0
        while high - low >= maximumBuckets {
            (low, high) = (low >> 1, high >> 1)
            shift += 1
        }
        return shift
    }

    /// The bucket of a positive, finite magnitude. Exact at powers of two; elsewhere as exact as the logarithm.
    static func index(of magnitude: Double, scale: Int) -> Int {
        let exponent = Int(magnitude.exponent)
        let isPowerOfTwo = magnitude.significand == 1
        guard scale > 0 else { return (isPowerOfTwo ? exponent - 1 : exponent) >> -scale }
        let perDoubling = 1 << scale
        guard !isPowerOfTwo else { return exponent * perDoubling - 1 }
        let within = Int((log2(magnitude.significand) * Double(perDoubling)).rounded(.up)) - 1
        return exponent * perDoubling + Swift.min(Swift.max(within, 0), perDoubling - 1)
    }

    /// The upper bound of a bucket.
    static func upperBound(_ index: Int, scale: Int) -> Double {
        scale > 0 ? exp2(Double(index + 1) / Double(1 << scale)) : exp2(Double((index + 1) << -scale))
    }
}
