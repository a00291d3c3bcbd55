import ClewModel

/// How much slower a route may get: `>10%`, `>50ms`, or both, `>10%,>50ms`.
///
/// What counts is the route's mean duration, as it is the only figure of which the hops' shares are exact. With both
/// conditions, both must be exceeded: a tenth of two milliseconds is no regression that anybody notices.
public struct RegressionLimit: Hashable, Sendable {
    /// Of the mean duration before; 0.1 is a tenth.
    public var share: Double?
    /// Nanoseconds.
    public var time: UInt64?

    public init(share: Double? = nil, time: UInt64? = nil) {
        self.share = share
        self.time = time
    }

    /// Reads the text form.
    public init(text: String) throws(RegressionLimitError) {
        self.init()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = part.filter { $0 != " " }
            guard part.hasPrefix(">") else {
                throw RegressionLimitError("'\(text)' is not a limit such as '>10%', '>50ms' or '>10%,>50ms'")
            }
            let value = part.dropFirst()
            if value.hasSuffix("%"), share == nil {
                share = try Self.share(value.dropLast())
            } else if !value.hasSuffix("%"), time == nil {
                time = try Self.time(value)
            } else {
                throw RegressionLimitError("'\(text)' has two limits of one kind; it takes one in % and one in time")
            }
        }
    }

    /// Whether a route got slower by more than is allowed.
    public func isExceeded(by diff: CallDiff) -> Bool {
        guard diff.change > 0, share != nil || time != nil else { return false }
        // Where it took no time before, any time is more than every share of it.
        let isMore = share.map { share in diff.relativeChange.map { $0 > share } ?? true } ?? true
        return isMore && (time.map { diff.change > Double($0) } ?? true)
    }

    private static func share(_ text: Substring) throws(RegressionLimitError) -> Double {
        guard let percent = Double(text), percent.isFinite, percent >= 0 else {
            throw RegressionLimitError("'>\(text)%' is not a share such as '>10%'")
        }
        return percent / 100
    }

    private static func time(_ text: Substring) throws(RegressionLimitError) -> UInt64 {
        guard let time = DurationText.parse(text) else {
            throw RegressionLimitError("'>\(text)' is neither a share such as '>10%' nor a duration such as '>50ms'")
        }
        return time
    }
}

/// Why a text is not a ``RegressionLimit``.
public struct RegressionLimitError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}
