import ClewModel
public import Tracing

/// The library's backend for swift-distributed-tracing.
public struct ClewTracer: Tracer {
    public typealias Span = ClewSpan

    private let environment: SpanEnvironment
    private let propagator: Propagator
    /// Off when the SDK is disabled: spans then only carry their parent's context on.
    private let isEnabled: Bool
    private let flush: @Sendable () -> Void

    init(
        environment: SpanEnvironment, propagator: Propagator, isEnabled: Bool,
        flush: @escaping @Sendable () -> Void = {}
    ) {
        self.environment = environment
        self.propagator = propagator
        self.isEnabled = isEnabled
        self.flush = flush
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: Tracing.SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> ClewSpan {
        let context = context()
        guard isEnabled, !context.isTracingSuppressed else { return passingOn(context) }
        let parent = context.spanContext
        // A remote parent's anchor was read on another machine's clock, so a local root reads its own.
        let anchor = context.timeAnchor ?? TimeAnchor(environment.clock)
        let before = DefaultTracerClock.now
        let start = anchor.time(of: instant(), takenAfter: before, clock: environment.clock)
        let spanContext = newContext(parent: parent)
        return ClewSpan(
            context: context.entering(spanContext, anchor: anchor),
            spanContext: spanContext,
            anchor: anchor,
            environment: environment,
            recording: spanContext.isSampled
                ? SpanRecording(
                    name: operationName, kind: .init(kind), parent: parent, start: start, limits: environment.limits)
                : nil
        )
    }

    /// Reads the span context, baggage and correlation id that a request carries.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        propagator.extract(into: &context) { extractor.extract(key: $0, from: carrier) }
    }

    /// Writes the span context, baggage and correlation id for the next process; nothing where tracing is suppressed.
    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard !context.isTracingSuppressed else { return }
        for (key, value) in propagator.fields(of: context) { injector.inject(value, forKey: key, into: &carrier) }
    }

    /// Asks for an export of what is queued, without waiting for it; ``Telemetry/flush()`` waits.
    public func forceFlush() { flush() }

    private func newContext(parent: SpanContext?) -> SpanContext {
        var generator = SystemRandomNumberGenerator()
        let traceID = parent?.traceID ?? .random(using: &generator)
        let isSampled = environment.sampler.samples(traceID, parent: parent)
        // Bit 1 says that the trace id is random (W3C Trace Context Level 2 §2.2.2): ours are, a parent's as it says.
        let random: UInt8 = parent.map { $0.flags & 2 } ?? 2
        return SpanContext(
            traceID: traceID,
            spanID: .random(using: &generator),
            flags: random | (isSampled ? 1 : 0),
            traceState: parent?.traceState ?? ""
        )
    }

    private func passingOn(_ context: ServiceContext) -> ClewSpan {
        ClewSpan(
            context: context, spanContext: context.spanContext, anchor: TimeAnchor(wall: 0, monotonic: 0),
            environment: environment, recording: nil)
    }
}
