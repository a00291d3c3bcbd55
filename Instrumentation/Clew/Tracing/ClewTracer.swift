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
        let request = context.activeRequest
        guard isEnabled, request?.isTracingSuppressed != true else {
            return ClewSpan(nil, in: context)
        }
        let parent = request?.span
        let traceID = parent?.spanContext.traceID ?? environment.ids.traceID()
        let decision = environment.sampler.decide(traceID, parent: parent, name: operationName, kind: kind) {
            context.samplingHint
        }
        environment.activity.spanStarted(
            decision, parent: parent.map { $0.spanContext.isRemote ? .remote : .local } ?? .none)
        // One span stands for all that is not recorded below it.
        if decision == .drop, parent?.isPassive == true { return ClewSpan(nil, in: context) }
        // A remote parent's anchor was read on another machine's clock, so a local root reads its own.
        let inherited = parent.flatMap { $0.isLocal ? $0.anchor : nil }
        let anchor = inherited ?? TimeAnchor(environment.clock)
        let now = inherited == nil || decision == .drop ? anchor.monotonic : environment.clock.monotonic()
        let core = SpanCore(
            SpanContext(
                traceID: traceID,
                spanID: environment.ids.spanID(),
                // Bit 1 says that the trace id is random (W3C Trace Context Level 2 §2.2.2): ours are, a parent's as it
                // says.
                flags: (parent?.spanContext.flags ?? 2) & 2 | (decision == .recordAndSample ? 1 : 0),
                traceState: parent?.spanContext.traceState ?? ""
            ),
            name: decision == .drop ? nil : operationName,
            parent: parent?.spanContext,
            kind: ClewModel.SpanKind(kind),
            anchor: anchor,
            start: decision == .drop ? 0 : anchor.time(of: instant, now: now),
            correlation: request?.correlation,
            environment: environment
        )
        return ClewSpan(core, in: context)
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
        propagator.inject(context) { injector.inject($1, forKey: $0, into: &carrier) }
    }

    /// Asks for an export of what is queued, without waiting for it; ``Telemetry/flush(within:)`` waits.
    public func forceFlush() { flush() }
}
