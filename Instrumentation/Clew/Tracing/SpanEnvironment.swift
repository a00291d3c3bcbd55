import ClewModel

/// What every span of a tracer shares.
final class SpanEnvironment: Sendable {
    let sampler: SamplerState
    let limits: SpanLimits
    let resource: Resource
    let scope: InstrumentationScope
    let clock: TelemetryClock
    let ids = IDGenerator()
    let activity: ExportActivity
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
