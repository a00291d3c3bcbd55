public import ClewModel

extension Journey {
    /// A saga that is part of a journey.
    public struct Saga: Hashable, Sendable, Codable {
        public var name: String
        public var id: String
        public var state: SagaReport.State
        public var start: UnixNanoseconds
        /// The end of the span with the final state; while there is none, of the last span seen.
        public var end: UnixNanoseconds
        /// Runs seen: more than one after a crash, or where it was left for later.
        public var runs: Int
        /// The step that began last.
        public var lastStep: String?
        /// The first step that failed for good, and why.
        public var failedStep: String?
        public var failure: String?
        /// The steps that were undone, in the order of undoing.
        public var undone: [String]

        public init(
            name: String, id: String, state: SagaReport.State, start: UnixNanoseconds, end: UnixNanoseconds,
            runs: Int = 1, lastStep: String? = nil, failedStep: String? = nil, failure: String? = nil,
            undone: [String] = []
        ) {
            self.name = name
            self.id = id
            self.state = state
            self.start = start
            self.end = end
            self.runs = runs
            self.lastStep = lastStep
            self.failedStep = failedStep
            self.failure = failure
            self.undone = undone
        }

        /// Nanoseconds from ``start`` to ``end``.
        public var duration: UInt64 { end > start ? end - start : 0 }
    }
}
