/// What is unusual in a synthetic incident without being a fault.
enum SyntheticNoise: String, CaseIterable {
    /// Hosts' clocks are off by up to two seconds.
    case skew
    /// Three spans in ten are lost.
    case lostSpans = "lost_spans"
    /// Twice as many requests come, and all work takes a little longer.
    case load
}
