import ClewModel

/// What the spans of one saga say of it; they may come in any order.
struct SagaTrack: Sendable {
    private(set) var start: UnixNanoseconds = .max
    /// The latest end of a span.
    private(set) var last: UnixNanoseconds = 0
    private(set) var state = SagaReport.State.running
    /// The end of the span that has the state.
    private(set) var stateTime: UnixNanoseconds = 0
    /// The trace of the first span; before there is one, past all others.
    private(set) var traceID = TraceID(high: .max, low: .max)
    /// The service of the last span.
    private(set) var service = ""
    /// The step that began last.
    private(set) var step: String?
    private var stepStart: UnixNanoseconds = 0

    /// Where times are equal, ids and names decide, so that the order of arrival does not.
    mutating func add(_ span: JourneySpan, _ interval: Interval) {
        let (trace, service) = (span.span.traceID, BoundedText.cut(span.service))
        if (interval.start, trace) < (start, traceID) { (start, traceID) = (interval.start, trace) }
        if (interval.end, service) >= (last, self.service) { (last, self.service) = (interval.end, service) }
        if let name = span.sagaStep.map({ BoundedText.cut($0) }), (interval.start, name) >= (stepStart, step ?? "") {
            (step, stepStart) = (name, interval.start)
        }
        guard let state = span.string(SemanticConventions.sagaState).flatMap({ SagaReport.State(rawValue: $0) }),
            isNews(state, at: interval.end)
        else { return }
        (self.state, stateTime) = (state, interval.end)
    }

    /// What has ended stays so, by the first span that says it; the span that began it may end later. A parked saga may
    /// be taken up again.
    private func isNews(_ state: SagaReport.State, at time: UnixNanoseconds) -> Bool {
        guard state.isFinal == self.state.isFinal else { return state.isFinal }
        guard state.isFinal else { return time > stateTime || (time == stateTime && state == .parked) }
        return (time, state.rawValue) < (stateTime, self.state.rawValue)
    }

    /// Nanoseconds from the first span to the one with the state, while running to the last.
    var duration: UInt64 { end.elapsed(since: start) }

    var end: UnixNanoseconds { state == .running ? last : stateTime }
}
