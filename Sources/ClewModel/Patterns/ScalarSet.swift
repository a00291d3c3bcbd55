/// Unicode scalars, as ranges of their values.
struct ScalarSet: Hashable, Sendable {
    typealias Ranges = [ClosedRange<UInt32>]

    static let last: UInt32 = 0x10FFFF
    static let everything = ScalarSet([0...last])
    static let digits = ScalarSet(["0"..."9"])
    static let words = ScalarSet(["0"..."9", "A"..."Z", "_"..."_", "a"..."z"])
    static let spaces = ScalarSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let lineFeed = ScalarSet([0x0A...0x0A])

    /// Ascending, neither overlapping nor touching.
    private(set) var ranges: Ranges

    init(_ ranges: Ranges) {
        self.ranges = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let before = self.ranges.last, range.lowerBound <= before.upperBound &+ 1 {
                let end = max(before.upperBound, range.upperBound)
                self.ranges[self.ranges.count - 1] = before.lowerBound...end
            } else {
                self.ranges.append(range)
            }
        }
    }

    init(_ ranges: [ClosedRange<Unicode.Scalar>]) {
        self.init(ranges.map { $0.lowerBound.value...$0.upperBound.value })
    }

    init(_ scalar: Unicode.Scalar) {
        ranges = [scalar.value...scalar.value]
    }

    /// The scalars that are not in the set.
    var inverted: ScalarSet {
        var result: Ranges = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= Self.last { result.append(next...Self.last) }
        return ScalarSet(result)
    }

    /// With both cases of each ASCII letter of which it has one.
    var ignoringCase: ScalarSet {
        let (upper, lower): (ClosedRange<UInt32>, ClosedRange<UInt32>) = (0x41...0x5A, 0x61...0x7A)
        var result = ranges
        for range in ranges {
            if range.overlaps(upper) {
                let part = range.clamped(to: upper)
                result.append((part.lowerBound + 0x20)...(part.upperBound + 0x20))
            }
            if range.overlaps(lower) {
                let part = range.clamped(to: lower)
                result.append((part.lowerBound - 0x20)...(part.upperBound - 0x20))
            }
        }
        return ScalarSet(result)
    }
}
