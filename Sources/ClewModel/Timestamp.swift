/// Nanoseconds since the Unix epoch, as OTLP carries them (`fixed64 *_unix_nano`).
public typealias UnixNanoseconds = UInt64

extension UInt64 {
    /// Nanoseconds in one second.
    public static let nanosecondsPerSecond: UInt64 = 1_000_000_000
}

extension Duration {
    /// The duration in whole nanoseconds, saturating at the ends of `Int64` (±292 years).
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflowed else { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !carried else { return seconds < 0 ? .min : .max }
        return sum
    }
}
