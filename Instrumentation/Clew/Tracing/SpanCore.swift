import ClewModel
import Synchronization
import Tracing

/// A span as its context holds it: one object per span, with everything it records under one lock.
///
/// Programs handle a ``ClewSpan``, which joins it with the context that it was started in. It is also what waits for
/// export, so that ending a span copies nothing.
final class SpanCore: Sendable {
    /// Not valid where tracing was suppressed in a context without a span.
    let spanContext: SpanContext
    let parentSpanID: SpanID?
    let isParentRemote: Bool
    let kind: ClewModel.SpanKind
    let anchor: TimeAnchor
    let start: UnixNanoseconds
    let correlation: Correlation?
    /// Whether it is of this process and never records anything.
    let isPassive: Bool
    /// `nil` for a span of another process.
    let environment: SpanEnvironment?
    private let recording: Mutex<SpanRecording>

    /// A span of this process; without a name it records nothing.
    init(
        _ spanContext: SpanContext, name: String?, parent: SpanContext?, kind: ClewModel.SpanKind, anchor: TimeAnchor,
        start: UnixNanoseconds, correlation: Correlation?, environment: SpanEnvironment
    ) {
        self.spanContext = spanContext
        parentSpanID = parent?.spanID
        isParentRemote = parent?.isRemote ?? false
        self.kind = kind
        self.anchor = anchor
        self.start = start
        self.correlation = correlation
        self.environment = environment
        isPassive = name == nil
        recording = Mutex(name.map { SpanRecording(name: $0) } ?? SpanRecording())
    }

    /// A span that was started elsewhere.
    init(remote spanContext: SpanContext) {
        self.spanContext = spanContext
        parentSpanID = nil
        isParentRemote = false
        kind = .unspecified
        anchor = TimeAnchor(wall: 0, monotonic: 0)
        start = 0
        correlation = nil
        isPassive = false
        environment = nil
        recording = Mutex(SpanRecording())
    }

    deinit {
        // Dropped without an end, it is not exported; it lives no more all the same.
        if isRecording { environment?.activity.spanEnded(decision) }
    }

    var isLocal: Bool { environment != nil }

    /// What the sampler said.
    private var decision: SamplingDecision {
        spanContext.isSampled ? .recordAndSample : isPassive ? .drop : .recordOnly
    }

    /// What metrics say of a span that has ended; its duration is in nanoseconds.
    var ending: (name: String, status: ClewModel.SpanStatus.Code, duration: UInt64) {
        recording.withLock { ($0.name, $0.status.code, $0.end - min(start, $0.end)) }
    }

    var isRecording: Bool { recording.withLock { $0.phase == .live } }

    /// Reads or changes what is recorded; `nil` where the span has ended or records nothing.
    @inline(__always)
    func withRecording<T: Sendable>(_ body: (inout SpanRecording, SpanLimits) -> T) -> T? {
        guard let limits = environment?.limits else { return nil }
        return recording.withLock { $0.phase == .live ? body(&$0, limits) : nil }
    }

    /// Ends the span; later calls do nothing.
    func end(at time: UnixNanoseconds) {
        let bytes = recording.withLock { state -> Int? in
            state.end(at: max(start, time)) && state.isComplete ? state.approximateBytes : nil
        }
        if let bytes { handOver(bytes) }
    }

    /// Lends the attributes to a writer; see ``SpanRecording/lendAttributes(_:)``.
    ///
    /// Not inlined, as ``returnAttributes(_:)``: what they need would be kept in the frame of the accessor that yields.
    @inline(never) func lendAttributes() -> SpanAttributes {
        guard let limits = environment?.limits else { return .none }
        return recording.withLock { $0.lendAttributes(limits) }
    }

    @inline(never) func returnAttributes(_ changed: inout SpanAttributes) {
        guard let limits = environment?.limits else { return }
        let bytes = recording.withLock { state -> Int? in
            let wasComplete = state.isComplete
            state.returnAttributes(&changed, limits)
            return state.isComplete && !wasComplete ? state.approximateBytes : nil
        }
        // The span ended while its attributes were being written.
        if let bytes { handOver(bytes) }
    }

    private func handOver(_ bytes: Int) {
        environment?.activity.spanEnded(decision)
        environment?.finish(EndedSpan(core: self, approximateBytes: bytes))
    }

    /// The span as exporters take it; each of several asks for it.
    fileprivate var exported: ClewModel.Span { recording.withLock { $0 }.span(of: self) }
}

/// A span on its way to the exporter.
struct EndedSpan: QueuedItem {
    let core: SpanCore
    let approximateBytes: Int

    func exported() -> ClewModel.Span { core.exported }
}

/// An id of a business request that was set or came with a request, as an object that contexts share.
final class Correlation: Sendable {
    let id: String

    init(_ id: String) {
        self.id = id
    }
}
