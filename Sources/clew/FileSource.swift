import ClewAnalysis
import ClewModel
import ClewWire
import Foundation

/// Answers from the spans and log records of an OTLP JSON file, with the same analysis as the collector.
///
/// The file holds one document (`TracesData` or `LogsData`), or one on each line as the OpenTelemetry Collector's file
/// exporter writes them; either may be gzipped.
struct FileSource: TelemetrySource {
    /// A file that unpacks to more is refused rather than held in memory.
    static let maximumBytes = 2 << 30

    let isFile = true
    private let path: String
    let allSpans: [Span]
    let allRecords: [LogRecord]

    init(path: String) throws(Failure) {
        self.path = path
        var spans: [Span] = []
        var records: [LogRecord] = []
        for document in try Self.documents(path) {
            let text = document.bytes
            let isTraces = text.contains("resourceSpans") || text.contains("resource_spans")
            let isLogs = text.contains("resourceLogs") || text.contains("resource_logs")
            guard isTraces || isLogs else {
                throw Failure(
                    .failed,
                    "\(path)\(document.place): neither 'resourceSpans' nor 'resourceLogs' is in it; is it OTLP JSON?")
            }
            do throws(WireError) {
                if isTraces { spans += try OTLP.decodeTraces(OTLPJSON.toProtobuf(text, .traces)) }
                if isLogs { records += try OTLP.decodeLogs(OTLPJSON.toProtobuf(text, .logs)) }
            } catch {
                throw Failure(.failed, "\(path)\(document.place): \(error)")
            }
        }
        allSpans = spans
        allRecords = records
    }

    private struct Document {
        var bytes: [UInt8]
        /// `, line N` where the file has several.
        var place: String
    }

    /// The file's documents: all of it where it is one, otherwise its lines.
    private static func documents(_ path: String) throws(Failure) -> [Document] {
        let bytes = try read(path)
        let newline = UInt8(ascii: "\n")
        let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
        // A document that spans several lines does not end on its first one; one a line does.
        let first = lines.first { !$0.allSatisfy(\.isJSONSpace) } ?? []
        guard lines.count > 1, first.last(where: { !$0.isJSONSpace }) == UInt8(ascii: "}"), first.count > 2 else {
            return [Document(bytes: bytes, place: "")]
        }
        return lines.enumerated().compactMap { index, line in
            line.allSatisfy(\.isJSONSpace) ? nil : Document(bytes: Array(line), place: ", line \(index + 1)")
        }
    }

    private static func read(_ path: String) throws(Failure) -> [UInt8] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw Failure(unreadable: path, error)
        }
        guard !data.isEmpty else { throw Failure(.failed, "\(path) is empty") }
        guard data.starts(with: [0x1F, 0x8B]) else { return Array(data) }
        do {
            return try Gzip.decompress(Array(data), limit: maximumBytes)
        } catch {
            throw Failure(.failed, "\(path): \(error)")
        }
    }

    func trace(_ id: TraceID) -> [Span] {
        allSpans.filter { $0.traceID == id }
    }

    func spans(_ query: SpanQuery) -> [Span] {
        Array(
            allSpans.filter(query.matches).sorted { ($0.start, $0.spanID) > ($1.start, $1.spanID) }.prefix(query.limit))
    }

    func logs(_ query: LogQuery) -> [LogRecord] {
        Array(allRecords.filter(query.matches).sorted { $0.effectiveTime > $1.effectiveTime }.prefix(query.limit))
    }

    func red(_ question: REDQuestion) -> REDReport {
        let spans = allSpans.filter { span in
            question.time.contains(span.start) && (question.service.map { $0 == span.resource.serviceName } ?? true)
        }
        let time = bounds(question.time)
        return REDReport(
            spans: spans.lazy.map { SpanSummary($0) }, from: time.lowerBound, to: time.upperBound,
            step: question.step ?? max(1, (time.upperBound - time.lowerBound) / 60)
        )
    }

    func map(_ time: Range<UnixNanoseconds>) -> ServiceMap {
        var builder = ServiceMapBuilder()
        for trace in traces(time) { builder.add(trace) }
        return builder.finish()
    }

    func slow(_ question: SlowQuestion) -> [SlowReport] {
        analysis(question.time).reports(against: question.baseline.map(analysis)).filter { report in
            (question.service.map { $0 == report.service } ?? true)
                && (question.operation.map { $0 == report.operation } ?? true)
        }
    }

    private func analysis(_ time: Range<UnixNanoseconds>) -> SlowAnalysis {
        let bounds = bounds(time)
        var analysis = SlowAnalysis(from: bounds.lowerBound, to: bounds.upperBound)
        for trace in traces(time) { analysis.add(trace) }
        return analysis
    }

    func audit(_ question: AuditQuestion) -> AuditReport {
        let bounds = bounds(question.time)
        var audit = Audit(from: bounds.lowerBound, to: bounds.upperBound, settings: question.settings)
        let spans = allSpans.lazy.filter { question.time.contains($0.start) }
        for spans in Dictionary(grouping: spans, by: \.traceID).sorted(by: { $0.key < $1.key }) {
            audit.add(AuditTrace(spans: spans.value.map { AuditSpan($0) }))
        }
        for record in allRecords where question.time.contains(record.effectiveTime) { audit.add(record) }
        return audit.finish()
    }

    func sagas(_ time: Range<UnixNanoseconds>) -> SagaReport {
        let bounds = bounds(time)
        var builder = SagaBuilder(from: bounds.lowerBound, to: bounds.upperBound)
        for span in allSpans where time.contains(span.start) { builder.add(span) }
        return builder.finish()
    }

    func status() throws(Failure) -> CollectorStatus {
        throw Failure(.usage, "a file has no status; ask a collector")
    }

    func traces(_ time: Range<UnixNanoseconds>) -> some Sequence<Trace> {
        Dictionary(grouping: allSpans.lazy.map { SpanSummary($0) }, by: \.traceID)
            .sorted { $0.key < $1.key }.lazy.map { Trace(spans: $0.value) }
            .filter { trace in trace.root.map { time.contains(trace.spans[$0].start) } ?? false }
    }

    /// `time`, drawn in to what the file holds; a second at least, so that a lone request is not a billion a second.
    func bounds(_ time: Range<UnixNanoseconds>) -> Range<UnixNanoseconds> {
        let first = allSpans.lazy.map(\.start).min() ?? 0
        let last = allSpans.lazy.map { max($0.start, $0.end) }.max() ?? 0
        // What was sent may claim any time, the last that there is included.
        let lower = min(max(time.lowerBound, first), UnixNanoseconds.max - 1)
        let (second, overflowed) = first.addingReportingOverflow(.nanosecondsPerSecond)
        let upper = min(time.upperBound, min(max(last, overflowed ? .max : second), UnixNanoseconds.max - 1) + 1)
        return lower..<max(lower + 1, upper)
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool {
        firstRange(of: Array(text.utf8)) != nil
    }
}
