import ClewAnalysis
import ClewModel
import Foundation
import Testing

@Suite("Duration histogram")
struct DurationHistogramTests {
    @Test("a duration lies in its bucket, above the lower bound and not above the upper")
    func bounds() {
        var generator = SplitMix64(seed: 1)
        let powers = (0..<64).flatMap { [UInt64(1) << UInt64($0), (UInt64(1) << UInt64($0)) &+ 1] }
        let random = (0..<5000).map { _ in generator.duration(in: 1...(.max), spread: 63) }
        for duration in powers + random + [3, 5, 7, .max] where duration > 0 {
            let bucket = DurationHistogram.bucket(of: duration)
            #expect(DurationHistogram.bucketRange.contains(bucket))
            #expect(duration <= DurationHistogram.upperBound(ofBucket: bucket), "\(duration)")
            #expect(duration > DurationHistogram.lowerBound(ofBucket: bucket) || duration == 1, "\(duration)")
        }
    }

    @Test("bucket bounds follow OpenTelemetry's scale 3", arguments: [0, 8, 83, 239, 300])
    func scale(bucket: Int) {
        let expected = pow(2, Double(bucket + 1) / 8)
        #expect(abs(Double(DurationHistogram.upperBound(ofBucket: bucket)) - expected) <= max(1, expected * 1e-9))
    }

    @Test("quantiles are within 4.5 % of the exact ones", arguments: [0.01, 0.5, 0.9, 0.95, 0.99, 1])
    func quantiles(q: Double) {
        var generator = SplitMix64(seed: 2)
        var histogram = DurationHistogram()
        var exact: [UInt64] = []
        for _ in 0..<10_000 {
            let duration = generator.duration(in: 1000...2_000_000_000, spread: 11)
            histogram.record(duration)
            exact.append(duration)
        }
        exact.sort()
        let expected = Double(exact[Int((q * 10_000).rounded(.up)) - 1])
        #expect(abs(Double(histogram.quantile(q)) - expected) <= 0.045 * expected)
    }

    @Test("merging equals recording everything in one")
    func merging() {
        var generator = SplitMix64(seed: 3)
        var (one, two, all) = (DurationHistogram(), DurationHistogram(), DurationHistogram())
        for number in 0..<1000 {
            let duration = generator.duration(in: 0...(.max), spread: 63)
            if number % 3 == 0 { one.record(duration) } else { two.record(duration) }
            all.record(duration)
        }
        one.merge(two)
        #expect(one == all)
        #expect(one.count == 1000)
        var copy = DurationHistogram()
        copy.merge(all)
        copy.merge(DurationHistogram())
        #expect(copy == all)
    }

    @Test("zero durations and none at all")
    func zeros() {
        var histogram = DurationHistogram()
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.isEmpty)
        histogram.record(0)
        histogram.record(0)
        histogram.record(1)
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.quantile(1) == 1)
        #expect(histogram.quantile(.nan) == 0)
    }

    @Test("JSON comes back equal, and JSON with impossible buckets is refused")
    func json() throws {
        var histogram = DurationHistogram()
        for duration in [0, 5, 5000, UInt64.max] { histogram.record(duration) }
        let data = try JSONEncoder().encode(histogram)
        #expect(try JSONDecoder().decode(DurationHistogram.self, from: data) == histogram)
        for text in [
            #"{"offset":600,"counts":[1],"zeroCount":0}"#,
            #"{"offset":500,"counts":[1,1,1,1,1,1,1,1,1,1,1,1,1],"zeroCount":0}"#,
            #"{"offset":0,"counts":[-1],"zeroCount":0}"#, #"{"offset":0,"counts":[9223372036854775807],"zeroCount":0}"#,
            #"{"offset":-9223372036854775808,"counts":[1],"zeroCount":0}"#,
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(DurationHistogram.self, from: Data(text.utf8))
            }
        }
    }
}

extension SplitMix64 {
    /// A duration whose order of magnitude is random: one of `range`, halved up to `spread` times.
    fileprivate mutating func duration(in range: ClosedRange<UInt64>, spread: UInt64) -> UInt64 {
        UInt64.random(in: range, using: &self) >> UInt64.random(in: 0...spread, using: &self)
    }
}
