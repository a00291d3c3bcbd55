/// A result, and how much of the data it is made of.
public struct Sampled<Value: Sendable>: Sendable {
    public var value: Value
    public var sampling: Sampling

    public init(_ value: Value, _ sampling: Sampling) {
        self.value = value
        self.sampling = sampling
    }
}

/// How much of the data an analysis could hold in memory.
public struct Sampling: Hashable, Sendable, Codable {
    /// Spans that matched.
    public var spansRead: Int
    /// Spans that were left out because the bound on memory was reached, always as whole traces.
    public var spansDropped: Int
    /// The share of traces that were kept, 0...1.
    public var keptShare: Double

    public init(spansRead: Int, spansDropped: Int = 0, keptShare: Double = 1) {
        self.spansRead = spansRead
        self.spansDropped = spansDropped
        self.keptShare = keptShare
    }
}
