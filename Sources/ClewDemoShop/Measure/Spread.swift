/// The median and the range of a figure of several runs.
public struct Spread: Hashable, Sendable {
    public let median: Double
    public let least: Double
    public let most: Double

    /// - Parameter values: The median of an even number is the mean of the two in the middle; without any, all is 0.
    public init(_ values: [Double]) {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        least = sorted.first ?? 0
        most = sorted.last ?? 0
        guard !sorted.isEmpty else {
            median = 0
            return
        }
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// `7.9 (7.6–8.1)`, or `7.9` where all are alike.
    ///
    /// - Parameter format: How one figure is written.
    public func text(_ format: (Double) -> String) -> String {
        let (low, high) = (format(least), format(most))
        return low == high ? format(median) : "\(format(median)) (\(low)–\(high))"
    }
}
