import ClewAnalysis
import ClewModel

/// What the commands ask, whoever answers: a collector or a file.
protocol TelemetrySource: Sendable {
    /// Whether this is a file, whose whole time is meant unless the user says otherwise.
    var isFile: Bool { get }

    func trace(_ id: TraceID) async throws(Failure) -> [Span]
    func spans(_ query: SpanQuery) async throws(Failure) -> [Span]
    func logs(_ query: LogQuery) async throws(Failure) -> [LogRecord]
    func red(_ question: REDQuestion) async throws(Failure) -> REDReport
    func map(_ time: Range<UnixNanoseconds>) async throws(Failure) -> ServiceMap
    func slow(_ question: SlowQuestion) async throws(Failure) -> [SlowReport]
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

struct SlowQuestion: Sendable {
    var time: Range<UnixNanoseconds>
    var service: String?
    var operation: String?
    var baseline: Range<UnixNanoseconds>?
}
