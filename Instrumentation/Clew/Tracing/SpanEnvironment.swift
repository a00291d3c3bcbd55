import ClewModel
import Synchronization

/// What every span of a tracer shares.
final class SpanEnvironment: Sendable {
    let sampler: SamplerState
    let limits: SpanLimits
    let resource: Resource
    let scope: InstrumentationScope
    let clock: TelemetryClock
    let ids = IDGenerator()
    let counts: SpanCounts
    let attributeSizes = AttributeSizes()
    /// Takes a span that has ended; must return at once.
    let finish: @Sendable (EndedSpan) -> Void

    init(
        sampler: Sampler, limits: SpanLimits, resource: Resource, scope: InstrumentationScope, clock: TelemetryClock,
        counts: SpanCounts = SpanCounts(), finish: @escaping @Sendable (EndedSpan) -> Void
    ) {
        self.sampler = SamplerState(sampler, clock: clock)
        self.limits = limits
        self.resource = resource
        self.scope = scope
        self.clock = clock
        self.counts = counts
        self.finish = finish
    }
}

/// How many spans were started, by what became of them, and how many that record have ended.
final class SpanCounts: Sendable {
    private let dropped = Atomic<Int>(0)
    private let recordedOnly = Atomic<Int>(0)
    private let sampled = Atomic<Int>(0)
    private let finished = Atomic<Int>(0)

    func started(_ decision: SamplingDecision) {
        switch decision {
        case .drop: dropped.wrappingAdd(1, ordering: .relaxed)
        case .recordOnly: recordedOnly.wrappingAdd(1, ordering: .relaxed)
        case .recordAndSample: sampled.wrappingAdd(1, ordering: .relaxed)
        }
    }

    func ended() { finished.wrappingAdd(1, ordering: .relaxed) }

    /// Spans started since the beginning.
    func count(_ decision: SamplingDecision) -> Int {
        switch decision {
        case .drop: dropped.load(ordering: .relaxed)
        case .recordOnly: recordedOnly.load(ordering: .relaxed)
        case .recordAndSample: sampled.load(ordering: .relaxed)
        }
    }

    /// Spans of this kind of decision that record and have not ended.
    var live: Int { count(.recordOnly) + count(.recordAndSample) - finished.load(ordering: .relaxed) }
}

/// How many bytes the attributes of a span take, as one span in eight says: measuring them costs as much as setting them.
///
/// The mean moves an eighth of the way with each measurement, so that some dozens of spans that are suddenly large are
/// counted too low at most.
final class AttributeSizes: Sendable {
    /// Spans are measured whose random id has none of these bits.
    static let mask: UInt64 = 7

    private let mean = Atomic<Int>(512)

    var usual: Int { mean.load(ordering: .relaxed) }

    func measured(_ bytes: Int) -> Int {
        let mean = usual
        self.mean.store(mean + (bytes - mean) / 8, ordering: .relaxed)
        return bytes
    }
}
