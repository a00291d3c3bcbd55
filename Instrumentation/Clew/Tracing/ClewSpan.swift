import ClewModel
public import Tracing

/// A span of ``ClewTracer``.
///
/// What it records sits behind one lock. Once the span has ended, or if it is not sampled, writes are ignored and reads are
/// empty. The context keeps working either way.
///
/// Copies of the value are the same span.
public struct ClewSpan: Tracing.Span {
    /// Where the span was started.
    private let outer: ServiceContext
    /// `nil` where tracing is off, and below a span that is not recorded: the context then passes as it came.
    private let core: SpanCore?

    init(_ core: SpanCore?, in outer: ServiceContext) {
        self.outer = outer
        self.core = core
    }

    /// The context inside the span. Made when it is asked for: a span that nothing runs in needs none.
    public var context: ServiceContext {
        guard let core else { return outer }
        var inner = outer
        inner.activeRequest = .inside(core)
        return inner
    }

    public var isRecording: Bool { core?.isRecording ?? false }

    public var operationName: String {
        get { core?.withRecording { recording, _ in recording.name } ?? "" }
        nonmutating set { core?.withRecording { recording, _ in recording.name = newValue } }
    }

    /// What the span carries; setting one attribute copies no others.
    ///
    /// While one thread changes attributes in place, what other threads read may lack them; nothing that is written is lost:
    /// a whole value that is assigned is added to what is there, as `SetAttributes` of the specification does. An attribute is
    /// removed by setting it to `nil` in place.
    public var attributes: SpanAttributes {
        get { core?.withRecording { recording, _ in recording.attributes } ?? .none }
        // Inlined, and with little to keep: a larger frame of the accessor would be allocated at each use.
        @inline(__always) nonmutating _modify {
            let core = core
            var attributes = core?.lendAttributes() ?? .none
            defer { core?.returnAttributes(&attributes) }
            yield &attributes
        }
        nonmutating set { core?.withRecording { $0.setAttributes(newValue, $1) } }
    }

    /// Sets one attribute, without the facade's dictionary: two fifths of the instructions of `attributes[key] = value`, until
    /// something reads or writes ``attributes``.
    public func setAttribute(_ key: String, _ value: some SpanAttributeConvertible) {
        guard let core, let limits = core.environment?.limits else { return }
        // Before the lock is taken: the value's text may come from code that uses the span.
        let value = AttributeValue(value.toSpanAttribute(), maximumLength: limits.valueLength)
        core.withRecording { $0.setAttribute(key, value, $1) }
    }

    func setAttributes(_ attributes: Attributes) {
        core?.withRecording { $0.setAttributes(attributes, $1) }
    }

    /// Changes several attributes at once, in place.
    public func updateAttributes(_ update: (inout SpanAttributes) -> Void) { update(&attributes) }

    public func setStatus(_ status: Tracing.SpanStatus) {
        core?.withRecording { recording, _ in recording.setStatus(status) }
    }

    public func addEvent(_ event: Tracing.SpanEvent) {
        guard let core, core.isRecording, let limits = core.environment?.limits else { return }
        let event = ClewModel.SpanEvent(
            name: event.name, time: event.nanosecondsSinceEpoch, attributes: event.attributes, limits)
        core.withRecording { $0.addEvent(event, $1) }
    }

    /// Adds an `exception` event. `CancellationError` is not an error: it adds none, and `withSpan` then leaves the
    /// status unset.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        guard let core, core.isRecording, let limits = core.environment?.limits else { return }
        guard !(error is CancellationError) else {
            core.withRecording { recording, _ in recording.recordCancellation() }
            return
        }
        let message = String(describing: error)
        var attributes = attributes
        attributes[SemanticConventions.exceptionType] = ErrorType.name(of: error)
        attributes[SemanticConventions.exceptionMessage] = message
        let exception = ClewModel.SpanEvent(
            name: SemanticConventions.exceptionEvent, time: core.time(of: instant), attributes: attributes, limits)
        core.withRecording { $0.recordError(message, exception, $1) }
    }

    /// Links to another span; a context without one is ignored.
    public func addLink(_ link: Tracing.SpanLink) {
        guard let core, core.isRecording, let limits = core.environment?.limits,
            let linked = link.context.spanContext
        else { return }
        let link = ClewModel.SpanLink(linked, attributes: link.attributes, limits)
        core.withRecording { $0.addLink(link, $1) }
    }

    /// Ends the span and hands it to the exporter; later calls do nothing.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let core, !core.isPassive else { return }
        core.end(at: core.time(of: instant))
    }
}

extension SpanCore {
    fileprivate func time(of instant: () -> some TracerInstant) -> UnixNanoseconds {
        environment.map { anchor.time(of: instant, now: $0.clock.monotonic()) } ?? instant().nanosecondsSinceEpoch
    }
}
