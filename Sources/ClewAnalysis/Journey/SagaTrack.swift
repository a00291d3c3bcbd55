import ClewModel

/// What the spans of one saga say of it; they may come in any order.
struct SagaTrack: Sendable {
    private(set) var start: UnixNanoseconds = .max
    /// The latest end of a span.
    private(set) var last: UnixNanoseconds = 0
    private(set) var state = SagaReport.State.running
    /// The end of the span that has the state.
    private(set) var stateTime: UnixNanoseconds = 0
    /// The trace of the first span.
    private(set) var traceID = TraceID.invalid
    /// The service of the last span.
    private(set) var service = ""
    /// The step that began last.
    private(set) var step: String?
    private var stepStart: UnixNanoseconds = 0

    mutating func add(_ span: JourneySpan, _ interval: Interval) {
        if interval.start < start { (start, traceID) = (interval.start, span.span.traceID) }
        if interval.end >= last { (last, service) = (interval.end, span.service) }
        if let name = span.sagaStep, interval.start >= stepStart { (step, stepStart) = (name, interval.start) }
        guard let state = span.string(SemanticConventions.sagaState).flatMap({ SagaReport.State(rawValue: $0) })
        else { return }
        // What has ended stays so; the span that began it may end later. A parked saga may be taken up again.
        guard !self.state.isFinal, state.isFinal || interval.end >= stateTime else { return }
        (self.state, stateTime) = (state, interval.end)
    }

    /// Nanoseconds from the first span to the one with the state, while running to the last.
    var duration: UInt64 { end.elapsed(since: start) }

    var end: UnixNanoseconds { state == .running ? last : stateTime }
}
