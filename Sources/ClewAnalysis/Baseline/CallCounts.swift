/// How often an operation is called in a trace: how many traces have how many calls.
///
/// Exact up to ``exactLimit`` calls, beyond within 4.5 %, so that its size is bounded. Traces without a call are not
/// held: whoever asks knows how many traces there are.
public struct CallCounts: Hashable, Sendable {
    /// Calls up to which each number is counted by itself.
    public static let exactLimit = 64

    /// Traces with one call, with two, and so on.
    private var exact: [Int] = []
    /// Traces with more calls than ``exactLimit``, by their calls.
    private var more = DurationHistogram()

    public init() {}

    /// Traces with at least one call.
    public var traces: Int { exact.reduce(more.count, +) }

    /// Adds a trace with so many calls; none are not counted.
    public mutating func record(_ calls: Int) {
        guard calls > 0 else { return }
        guard calls <= Self.exactLimit else { return more.record(UInt64(calls)) }
        while exact.count < calls { exact.append(0) }
        exact[calls - 1] += 1
    }

    /// The calls that half of so many traces do not exceed, those without a call included; zero for no traces.
    public func median(of traceCount: Int) -> Int {
        let total = max(traceCount, traces)
        var rank = total / 2 + total % 2 - (total - traces)
        guard rank > 0 else { return 0 }
        for (index, count) in exact.enumerated() {
            if rank <= count { return index + 1 }
            rank -= count
        }
        return Int(clamping: more.quantile(Double(rank) / Double(max(1, more.count))))
    }
}

extension CallCounts: Codable {
    private enum CodingKeys: String, CodingKey {
        case exact, more
    }

    /// Counts are read up to this, so that no sum of them overflows.
    private static let largestCount = 1 << 40

    /// Refuses counts that are negative or above 2^40, and more than ``exactLimit`` of them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        exact = try container.decode([Int].self, forKey: .exact)
        more = try container.decode(DurationHistogram.self, forKey: .more)
        guard exact.count <= Self.exactLimit, exact.allSatisfy({ (0...Self.largestCount).contains($0) }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .exact, in: container,
                debugDescription: "at most \(Self.exactLimit) counts, each in 0...\(Self.largestCount)")
        }
    }
}
