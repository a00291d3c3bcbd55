import ClewModel
import CoreMetrics
import Foundation
import Testing

@testable import Clew

@Suite("Exponential histograms")
struct ExponentialHistogramTests {
    /// The definition: the finest scale at which the indices of all values fit, and one count for each index.
    struct Naive {
        var scale: Int
        var positive: [Int: UInt64] = [:]
        var negative: [Int: UInt64] = [:]

        init(_ values: [Double], maximumBuckets: Int) {
            scale = 20
            while !fits(values, maximumBuckets) { scale -= 1 }
            for value in values where value > 0 { positive[index(value), default: 0] += 1 }
            for value in values where value < 0 { negative[index(-value), default: 0] += 1 }
        }

        /// base^index < value <= base^(index+1); exact for the powers of two that the test uses beside random values.
        func index(_ value: Double) -> Int {
            Int((Foundation.log2(value) * Foundation.exp2(Double(scale))).rounded(.up)) - 1
        }

        private func fits(_ values: [Double], _ maximum: Int) -> Bool {
            for part in [values.filter { $0 > 0 }, values.filter { $0 < 0 }.map { -$0 }] where !part.isEmpty {
                let indices = part.map(index)
                if let low = indices.min(), let high = indices.max(), high - low >= maximum { return false }
            }
            return true
        }
    }

    func dictionary(_ buckets: ExponentialHistogram.Buckets) -> [Int: UInt64] {
        var result: [Int: UInt64] = [:]
        for (position, count) in buckets.counts.enumerated() where count > 0 {
            result[buckets.offset + position] = count
        }
        return result
    }

    @Test("any values in any order end as the definition says", arguments: 0..<60)
    func definition(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let maximumBuckets = [2, 4, 20, 160][Int(seed % 4)]
        let spread = Double.random(in: 0.001...30, using: &random)
        let values = (0..<200).map { _ -> Double in
            switch Int.random(in: 0..<20, using: &random) {
            case 0: return 0
            case 1: return Foundation.exp2(Double(Int.random(in: -8...8, using: &random)))
            default:
                let magnitude = Foundation.exp2(Double.random(in: -spread...spread, using: &random))
                return seed % 3 == 0 && Bool.random(using: &random) ? -magnitude : magnitude
            }
        }
        var histogram = ExponentialHistogram(maximumBuckets: maximumBuckets, maximumScale: 20)
        for value in values { histogram.record(value) }
        let naive = Naive(values, maximumBuckets: maximumBuckets)
        #expect(histogram.scale == naive.scale)
        #expect(dictionary(histogram.positive) == naive.positive)
        #expect(dictionary(histogram.negative) == naive.negative)
        #expect(histogram.zeroCount == UInt64(values.filter { $0 == 0 }.count))
        #expect(histogram.count == 200)
        #expect(histogram.min == values.min())
        #expect(histogram.max == values.max())

        // Two halves that are joined are the whole.
        var left = ExponentialHistogram(maximumBuckets: maximumBuckets, maximumScale: 20)
        var right = left
        for value in values.prefix(70) { left.record(value) }
        for value in values.dropFirst(70) { right.record(value) }
        left.add(right)
        #expect(left.scale == histogram.scale)
        #expect(dictionary(left.positive) == naive.positive)
        #expect(dictionary(left.negative) == naive.negative)
    }

    @Test("powers of two lie at the upper end of their bucket at every scale, and the whole range of doubles fits")
    func extremes() {
        for scale in -10...20 {
            for exponent in [-1074, -1022, -1, 0, 1, 1023] {
                let value = Double(sign: .plus, exponent: exponent, significand: 1)
                let perDoubling = Foundation.exp2(Double(scale))
                let expected = Int((Double(exponent) * perDoubling).rounded(.up)) - 1
                #expect(ExponentialHistogram.index(of: value, scale: scale) == expected)
            }
        }
        var histogram = ExponentialHistogram(maximumBuckets: 2, maximumScale: 20)
        let values: [Double] = [.leastNonzeroMagnitude, .greatestFiniteMagnitude, 1, -.leastNonzeroMagnitude]
        for value in values {
            histogram.record(value)
        }
        #expect(histogram.positive.counts == [2, 1])
        #expect(histogram.negative.counts == [1])
    }

    @Test("the setting makes them the default for timers and recorders, also where a program advises boundaries")
    func setting() async throws {
        let test = try MetricTest { $0.histogramAggregation = .exponential }
        test.meter.histogram("advised", buckets: .explicit([1, 2])).record(3)
        test.factory.makeTimer(label: "timer", dimensions: []).recordNanoseconds(1_000_000_000)
        let metrics = await test.exported()
        #expect(metrics["advised"]?.exponentialHistograms.count == 1)
        let timer = try #require(metrics["timer"]?.exponentialHistograms.first)
        #expect(timer.scale == 20)
        #expect(timer.positive == .init(offset: -1, counts: [1]))
        #expect([timer.sum, timer.min, timer.max] == [1, 1, 1])
    }
}
