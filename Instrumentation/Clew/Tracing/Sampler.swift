public import ClewModel
public import Tracing

/// Decides at a span's start whether it is recorded.
///
/// Source: OpenTelemetry Trace SDK, "Sampler" and "Built-in samplers".
public indirect enum Sampler: Hashable, Sendable {
    case alwaysOn
    case alwaysOff
    /// Samples this share of trace ids, in 0...1; the same trace is decided alike in every process.
    case traceIDRatio(Double)
    /// Follows the parent where there is one, else asks `root`.
    case parentBased(root: Sampler)
    /// Of what `of` samples, at most about so many spans a second, and as many at once.
    ///
    /// As the root of ``parentBased(root:)`` it limits whole traces.
    case rateLimited(perSecond: Double, of: Sampler = .alwaysOn)
    /// The sampler of the first rule that fits the context's `ServiceContext.samplingHint`.
    case rules([SamplingRule], otherwise: Sampler)
    /// As the other decides, but what that drops is recorded all the same, without being exported: for
    /// ``Telemetry/Configuration/spanMetrics``, which then count unsampled requests too.
    ///
    /// Source: OpenTelemetry Trace SDK, "AlwaysRecord".
    case alwaysRecord(Sampler)
    case custom(CustomSampler)
}

/// What becomes of a span.
public enum SamplingDecision: Int, Hashable, Sendable, CaseIterable {
    case drop
    /// Recorded for the process itself, not exported, and *not sampled* to others.
    case recordOnly
    case recordAndSample
}

/// What is known of a span before it is started.
public struct SamplingRequest: Hashable, Sendable {
    public var traceID: TraceID
    public var parent: SpanContext?
    public var name: String
    public var kind: Tracing.SpanKind
    public var hint: SamplingHint?
}

/// What a span is about, given to samplers beside its name: the facade passes a sampler no attributes.
///
/// `ClewMiddleware` sets it for server spans, whose route is not known yet when they start.
public struct SamplingHint: Hashable, Sendable {
    /// The path that was asked for, without its query.
    public var path: String
    /// The method in capitals; empty where there is none.
    public var method: String

    public init(path: String, method: String = "") {
        self.path = path
        self.method = method
    }
}

/// A sampler for some paths, for example to leave out health checks.
public struct SamplingRule: Hashable, Sendable {
    /// The whole path, or its beginning where it ends with `*`.
    public var path: String
    public var sampler: Sampler

    public init(path: String, _ sampler: Sampler) {
        self.path = path
        self.sampler = sampler
    }

    func fits(_ hint: SamplingHint?) -> Bool {
        guard let hint else { return false }
        return path.hasSuffix("*") ? hint.path.hasPrefix(path.dropLast()) : hint.path == path
    }
}

/// A program's own sampler. It is called on the thread that starts the span; equal names are the same sampler.
public struct CustomSampler: Hashable, Sendable {
    public let name: String
    public let decide: @Sendable (SamplingRequest) -> SamplingDecision

    public init(_ name: String, _ decide: @escaping @Sendable (SamplingRequest) -> SamplingDecision) {
        self.name = name
        self.decide = decide
    }

    public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Sampler {
    /// The same with its decision about traces that begin here replaced.
    func mapRoot(_ change: (Sampler) -> Sampler) -> Sampler {
        switch self {
        case .parentBased(let root): .parentBased(root: root.mapRoot(change))
        case .alwaysRecord(let inner): .alwaysRecord(inner.mapRoot(change))
        default: change(self)
        }
    }
}
