import ClewModel

/// How long telemetry is kept: `7d`, `36h`, `2w`, or `forever`.
struct Retention: Hashable, Sendable {
    /// `nil` for ever.
    var duration: Duration?

    /// A century, so that nanoseconds have room.
    private static let longest = 36_500 * 86_400 * UInt64.nanosecondsPerSecond
    private static let week = 7 * 86_400 * UInt64.nanosecondsPerSecond

    init?(text: String) {
        if text == "forever" || text == "0" {
            duration = nil
            return
        }
        guard let nanoseconds = Self.nanoseconds(text), (1...Self.longest).contains(nanoseconds) else { return nil }
        duration = .nanoseconds(Int64(nanoseconds))
    }

    private static func nanoseconds(_ text: String) -> UInt64? {
        guard text.hasSuffix("w") else { return DurationText.parse(text) }
        guard let weeks = UInt64(text.dropLast()) else { return nil }
        let (nanoseconds, overflowed) = weeks.multipliedReportingOverflow(by: week)
        return overflowed ? nil : nanoseconds
    }
}

/// How much of the disk telemetry may take: `20GB`, `512MiB`, or `unlimited`.
struct DiskLimit: Hashable, Sendable {
    /// `nil` for as much as there is.
    var bytes: Int?

    /// The journal alone may take 64 MiB.
    static let leastBytes = 128_000_000

    init?(text: String) {
        if text == "unlimited" || text == "0" {
            bytes = nil
            return
        }
        guard let bytes = ByteSize.parse(text), bytes >= Self.leastBytes else { return nil }
        self.bytes = bytes
    }
}
