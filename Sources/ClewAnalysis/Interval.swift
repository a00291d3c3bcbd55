/// A span's time: start and end in nanoseconds, the end never before the start.
struct Interval {
    var start: UInt64
    var end: UInt64

    var length: UInt64 { end - start }

    /// The same length moved by `offset` nanoseconds; stops at the ends of `UInt64` instead of overflowing.
    func shifted(by offset: Int64) -> Interval {
        let start = start.saturatingShift(by: offset)
        return Interval(start: start, end: start + Swift.min(length, .max - start))
    }
}

extension UInt64 {
    func saturatingShift(by offset: Int64) -> UInt64 {
        let (sum, overflowed) = addingReportingOverflow(offset.magnitude)
        guard offset < 0 else { return overflowed ? .max : sum }
        return self > offset.magnitude ? self - offset.magnitude : 0
    }

    func saturatingAdd(_ other: UInt64) -> UInt64 {
        let (sum, overflowed) = addingReportingOverflow(other)
        return overflowed ? .max : sum
    }

    /// `self - other` as a signed number, stopping at the ends of `Int64`.
    func distanceClamped(from other: UInt64) -> Int64 {
        self >= other ? Int64(clamping: self - other) : -Int64(clamping: other - self)
    }
}
