public import ClewModel

/// What became of the sagas of a window, by name, and which of them wait for something.
///
/// Durations are nanoseconds from the start of a saga's first span to the end of the one with its final state. A saga
/// that began before the window counts from the first span seen.
public struct SagaReport: Hashable, Sendable, Codable {
    /// Raw values are those of `clew.saga.state`.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case running, completed, compensated, parked

        /// Whether nothing follows; a parked saga may be taken up again.
        public var isFinal: Bool { self == .completed || self == .compensated }
    }

    /// The window, drawn in to the spans that were seen.
    public var from: UnixNanoseconds
    public var to: UnixNanoseconds
    /// By name.
    public var rows: [Row]
    /// Those without an end: stuck ones, then parked ones, then running ones, each with the oldest first; at most
    /// ``maximumUnfinished``.
    public var unfinished: [Unfinished]
    /// Spans of sagas past the bound on sagas.
    public var droppedSpans: Int

    public static let maximumUnfinished = 100

    public init(
        from: UnixNanoseconds, to: UnixNanoseconds, rows: [Row] = [], unfinished: [Unfinished] = [],
        droppedSpans: Int = 0
    ) {
        self.from = from
        self.to = to
        self.rows = rows
        self.unfinished = Array(unfinished.prefix(Self.maximumUnfinished))
        self.droppedSpans = droppedSpans
    }

    /// The sagas of one name.
    public struct Row: Hashable, Sendable, Codable {
        public var name: String
        public var completed: Int
        public var compensated: Int
        public var parked: Int
        /// Those without an end, the stuck ones included.
        public var running: Int
        /// Those that run for longer than ``stuckAfter``.
        public var stuck: Int
        /// Nanoseconds; the greater of 10 s and twice the p99 of the finished ones.
        public var stuckAfter: UInt64
        /// Of completed and compensated ones.
        public var durations: Quantiles

        public init(
            name: String, completed: Int = 0, compensated: Int = 0, parked: Int = 0, running: Int = 0, stuck: Int = 0,
            stuckAfter: UInt64 = 0, durations: Quantiles = Quantiles()
        ) {
            self.name = name
            self.completed = completed
            self.compensated = compensated
            self.parked = parked
            self.running = running
            self.stuck = stuck
            self.stuckAfter = stuckAfter
            self.durations = durations
        }

        public var count: Int { completed + compensated + parked + running }
    }

    /// A saga without an end.
    public struct Unfinished: Hashable, Sendable, Codable {
        public var name: String
        public var id: String
        /// `running` or `parked`.
        public var state: State
        public var isStuck: Bool
        public var start: UnixNanoseconds
        /// Nanoseconds since ``start``.
        public var age: UInt64
        /// Nanoseconds since the last sign of it.
        public var silence: UInt64
        /// The step that began last.
        public var lastStep: String?
        /// Where it began.
        public var traceID: TraceID

        public init(
            name: String, id: String, state: State, isStuck: Bool, start: UnixNanoseconds, age: UInt64,
            silence: UInt64, lastStep: String? = nil, traceID: TraceID
        ) {
            self.name = name
            self.id = id
            self.state = state
            self.isStuck = isStuck
            self.start = start
            self.age = age
            self.silence = silence
            self.lastStep = lastStep
            self.traceID = traceID
        }
    }
}
