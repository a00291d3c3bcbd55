public import ClewModel

/// Decides at a span's start whether it is recorded.
///
/// Source: OpenTelemetry Trace SDK, "Built-in samplers".
public indirect enum Sampler: Hashable, Sendable {
    case alwaysOn
    case alwaysOff
    /// Samples this share of trace ids, in 0...1; the same trace is decided alike in every process.
    case traceIDRatio(Double)
    /// Follows the parent where there is one, else asks `root`.
    case parentBased(root: Sampler)

    public func samples(_ traceID: TraceID, parent: SpanContext?) -> Bool {
        switch self {
        case .alwaysOn: true
        case .alwaysOff: false
        case .traceIDRatio(let ratio): Self.samples(traceID, ratio: ratio)
        case .parentBased(let root): parent?.isSampled ?? root.samples(traceID, parent: nil)
        }
    }

    /// Compares the upper 63 of the id's low 64 bits with the ratio, as the Go and Java SDKs do.
    private static func samples(_ traceID: TraceID, ratio: Double) -> Bool {
        guard ratio < 1 else { return true }
        guard ratio > 0 else { return false }
        return traceID.low >> 1 < UInt64(ratio * 0x1p63)
    }
}
