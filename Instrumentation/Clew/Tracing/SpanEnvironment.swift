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
    let activity: ExportActivity
    let attributeSizes = AttributeSizes()
    /// Takes a span that has ended; must return at once.
    let finish: @Sendable (EndedSpan) -> Void

    init(
        sampler: Sampler, limits: SpanLimits, resource: Resource, scope: InstrumentationScope, clock: TelemetryClock,
        activity: ExportActivity, finish: @escaping @Sendable (EndedSpan) -> Void
    ) {
        self.sampler = SamplerState(sampler, clock: clock)
        self.limits = limits
        self.resource = resource
        self.scope = scope
        self.clock = clock
        self.activity = activity
        self.finish = finish
    }
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
