public import ClewModel

/// One business request as one story: the traces that span links and correlation ids join, as steps in order of time.
///
/// Ids are as they were sent. Times are on the clock of each trace's root, as far as that can be estimated; see
/// ``Trace/start(of:)``. All durations are nanoseconds.
///
/// A consumer of batches belongs to many journeys: each holds its share, the work divided by the number of messages,
/// and nothing is followed from there.
public struct Journey: Hashable, Sendable, Codable {
    /// From the start of the first span to the end of the last.
    public var start: UnixNanoseconds
    public var end: UnixNanoseconds
    public var outcome: Outcome
    /// The orders that its spans name, the one that was named first at the front.
    public var orders: [Order]
    /// Sorted.
    public var correlationIDs: [String]
    /// By start.
    public var sagas: [Saga]
    /// By start.
    public var steps: [Step]
    /// Steps past the bound: calls go first, then messages, and failures last.
    public var omittedSteps: Int
    /// What was begun and has shown no end, the longest waiting first.
    public var pending: [Pending]
    public var totals: Totals
    /// By start.
    public var traces: [TraceID]
    /// Whether more traces belong to it than were looked at.
    public var isCut: Bool

    public init(
        start: UnixNanoseconds = 0, end: UnixNanoseconds = 0, outcome: Outcome = .completed, orders: [Order] = [],
        correlationIDs: [String] = [], sagas: [Saga] = [], steps: [Step] = [], omittedSteps: Int = 0,
        pending: [Pending] = [], totals: Totals = Totals(), traces: [TraceID] = [], isCut: Bool = false
    ) {
        self.start = start
        self.end = end
        self.outcome = outcome
        self.orders = orders
        self.correlationIDs = correlationIDs
        self.sagas = sagas
        self.steps = steps
        self.omittedSteps = omittedSteps
        self.pending = pending
        self.totals = totals
        self.traces = traces
        self.isCut = isCut
    }

    /// What became of the request.
    public enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        case completed
        /// A saga ended by undoing steps that it had done.
        case compensated
        /// The answer was no, and there was nothing to undo.
        case refused
        case failed
        /// A compensation failed for good: somebody has to repair it.
        case parked
        /// A saga has not ended, or the order says so.
        case pending
    }

    /// A business key, with the state that was last seen of it.
    public struct Order: Hashable, Sendable, Codable {
        public var id: String
        /// For example `confirmed`; `nil` where no span says.
        public var state: String?

        public init(id: String, state: String? = nil) {
            self.id = id
            self.state = state
        }
    }

    /// ``work`` and ``waiting`` add up to ``elapsed``.
    public struct Totals: Hashable, Sendable, Codable {
        public var elapsed: UInt64
        /// The time in which at least one span was open.
        public var work: UInt64
        /// The time in which none was: in a queue, in an outbox, or with nobody at work after a crash.
        public var waiting: UInt64
        public var traces: Int
        public var spans: Int
        public var services: Int
        /// Steps that failed, those left out included.
        public var errors: Int

        public init(
            elapsed: UInt64 = 0, work: UInt64 = 0, waiting: UInt64 = 0, traces: Int = 0, spans: Int = 0,
            services: Int = 0, errors: Int = 0
        ) {
            self.elapsed = elapsed
            self.work = work
            self.waiting = waiting
            self.traces = traces
            self.spans = spans
            self.services = services
            self.errors = errors
        }
    }
}
