import ClewAnalysis
import ClewModel

/// What the commands ask, whoever answers: a collector or a file.
protocol TelemetrySource: Sendable {
    /// Whether this is a file, whose whole time is meant unless the user says otherwise.
    var isFile: Bool { get }

    func trace(_ id: TraceID) async throws(Failure) -> [Span]
    /// What is usual for a trace's operations, from traces that began up to `window` nanoseconds before it; `nil` for the
    /// source's own choice.
    func baseline(of id: TraceID, window: UInt64?) async throws(Failure) -> OperationBaseline
    func spans(_ query: SpanQuery) async throws(Failure) -> [Span]
    func logs(_ query: LogQuery) async throws(Failure) -> [LogRecord]
    func red(_ question: REDQuestion) async throws(Failure) -> REDReport
    func map(_ time: Range<UnixNanoseconds>) async throws(Failure) -> ServiceMap
    func slow(_ question: SlowQuestion) async throws(Failure) -> [SlowReport]
    /// What changed, and which service is to blame.
    func explain(_ question: ExplainQuestion) async throws(Failure) -> Explanation
    /// Where each route spends its time, the route with most traces first.
    func profile(_ question: ProfileQuestion) async throws(Failure) -> [CallProfile]
    func audit(_ question: AuditQuestion) async throws(Failure) -> AuditReport
    func sagas(_ time: Range<UnixNanoseconds>) async throws(Failure) -> SagaReport
    /// The collector's own account of itself; a file has none.
    func status() async throws(Failure) -> CollectorStatus
}

struct REDQuestion: Sendable {
    var time: Range<UnixNanoseconds>
    var service: String?
    /// Nanoseconds per point; `nil` lets the source choose.
    var step: UInt64?
}

struct AuditQuestion: Sendable {
    var time: Range<UnixNanoseconds>
    var settings: AuditSettings
}

struct ProfileQuestion: Sendable {
    var time: Range<UnixNanoseconds>
    var service: String?
    var operation: String?
    /// How the traces of a route are told apart; `nil` where they are not.
    var grouping: TraceGrouping?
}

struct ExplainQuestion: Sendable {
    var time: Range<UnixNanoseconds>
    /// What to compare with; `nil` compares the slow tail of each route with its typical traces.
    var baseline: Range<UnixNanoseconds>?
    var service: String?
    var operation: String?
    /// Whether log records are looked at too.
    var usesLogs = true
    /// Called with the share of the work that is done, 0...1, by a source that takes its time.
    var progress: @Sendable (Double) -> Void = { _ in }
}

struct SlowQuestion: Sendable {
    var time: Range<UnixNanoseconds>
    var service: String?
    var operation: String?
    var baseline: Range<UnixNanoseconds>?
}
