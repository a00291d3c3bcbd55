import ClewModel
import Synchronization
public import Tracing

/// A span of ``ClewTracer``.
///
/// All state sits behind one lock. Once the span has ended, or if it is not sampled, there is no state: writes are
/// ignored and reads are empty. The context keeps working either way.
public final class ClewSpan: Tracing.Span {
    public let context: ServiceContext
    private let spanContext: SpanContext?
    private let anchor: TimeAnchor
    private let environment: SpanEnvironment
    private let recording: Mutex<SpanRecording?>

    init(
        context: ServiceContext, spanContext: SpanContext?, anchor: TimeAnchor, environment: SpanEnvironment,
        recording: SpanRecording?
    ) {
        self.context = context
        self.spanContext = spanContext
        self.anchor = anchor
        self.environment = environment
        self.recording = Mutex(recording)
    }

    public var isRecording: Bool { recording.withLock { $0 != nil } }

    public var operationName: String {
        get { recording.withLock { $0?.name ?? "" } }
        set { recording.withLock { $0?.name = newValue } }
    }

    public var attributes: SpanAttributes {
        get { recording.withLock { $0?.attributes ?? SpanAttributes() } }
        set { recording.withLock { $0?.setAttributes(newValue) } }
    }

    public func setStatus(_ status: Tracing.SpanStatus) {
        recording.withLock { $0?.setStatus(status) }
    }

    public func addEvent(_ event: Tracing.SpanEvent) {
        recording.withLock {
            $0?.addEvent(name: event.name, time: event.nanosecondsSinceEpoch, attributes: event.attributes)
        }
    }

    /// Adds an `exception` event. `CancellationError` is not an error: it adds none, and `withSpan` then leaves the
    /// status unset.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        let time = time(of: instant)
        recording.withLock { $0?.recordError(error, attributes: attributes, time: time) }
    }

    /// Links to another span; a context without one is ignored.
    public func addLink(_ link: Tracing.SpanLink) {
        guard let linked = link.context.spanContext else { return }
        recording.withLock { $0?.addLink(linked, attributes: link.attributes) }
    }

    /// Ends the span and hands it to the exporter; later calls do nothing.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let end = time(of: instant)
        let ended = recording.withLock { state -> SpanRecording? in
            defer { state = nil }
            return state
        }
        guard let ended, let spanContext else { return }
        environment.finish(
            ended.finished(
                spanContext,
                end: end,
                correlationID: context.correlationID,
                resource: environment.resource,
                scope: environment.scope
            )
        )
    }

    private func time(of instant: () -> some TracerInstant) -> UnixNanoseconds {
        let before = DefaultTracerClock.now
        return anchor.time(of: instant(), takenAfter: before, clock: environment.clock)
    }
}
