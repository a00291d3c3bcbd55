public import ClewModel

/// An incident with a known cause: the telemetry of the time before, and of the time in question.
public struct Incident: Hashable, Sendable {
    /// One of its windows.
    public struct Side: Hashable, Sendable {
        public var spans: [Span]
        public var records: [LogRecord]

        public init(spans: [Span], records: [LogRecord] = []) {
            self.spans = spans
            self.records = records
        }
    }

    /// For example `online-boutique-2022-08-23/1218-frontend-cpu_consumed`.
    public var name: String
    public var truth: IncidentTruth
    public var before: Side
    public var now: Side
    /// Where the window in question begins.
    public var start: UnixNanoseconds

    public init(name: String, truth: IncidentTruth, before: Side, now: Side, start: UnixNanoseconds) {
        self.name = name
        self.truth = truth
        self.before = before
        self.now = now
        self.start = start
    }
}
