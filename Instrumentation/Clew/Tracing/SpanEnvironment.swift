import ClewModel

/// What every span of a tracer shares.
final class SpanEnvironment: Sendable {
    let sampler: Sampler
    let limits: SpanLimits
    let resource: Resource
    let scope: InstrumentationScope
    let clock: TelemetryClock
    /// Takes a finished span; must return at once.
    let finish: @Sendable (ClewModel.Span) -> Void

    init(
        sampler: Sampler, limits: SpanLimits, resource: Resource, scope: InstrumentationScope, clock: TelemetryClock,
        finish: @escaping @Sendable (ClewModel.Span) -> Void
    ) {
        self.sampler = sampler
        self.limits = limits
        self.resource = resource
        self.scope = scope
        self.clock = clock
        self.finish = finish
    }
}
