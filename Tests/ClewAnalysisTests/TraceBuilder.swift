import ClewAnalysis
import ClewModel

/// Makes the spans of one trace in the short form that the tests draw.
struct TraceBuilder {
    var traceID = TraceID(high: 0, low: 1)
    private(set) var spans: [SpanSummary] = []

    init(_ number: UInt64 = 1) {
        traceID = TraceID(high: 0, low: number)
    }

    /// Adds a span from `time.lowerBound` to `time.upperBound` nanoseconds and answers its id.
    @discardableResult
    mutating func add(
        _ service: String, _ name: String, _ kind: SpanKind, _ time: ClosedRange<UInt64>, in parent: SpanID? = nil,
        status: SpanStatus.Code = .unset, target: Target? = nil, id: SpanID? = nil
    ) -> SpanID {
        let id = id ?? SpanID(UInt64(spans.count + 1))
        spans.append(
            SpanSummary(
                traceID: traceID, spanID: id, parentSpanID: parent, service: service, name: name, kind: kind,
                status: status, start: time.lowerBound, end: time.upperBound, target: target))
        return id
    }

    var trace: Trace { Trace(spans: spans) }
}

extension Trace {
    /// The place of the span with this name.
    func place(_ name: String) -> Int {
        spans.firstIndex { $0.name == name } ?? -1
    }

    var names: [String] { spans.map(\.name) }
}

extension CriticalPath {
    /// Segments as `name from-to`, in order of time.
    func text(in trace: Trace) -> [String] {
        segments.map { "\(trace.spans[$0.span].name) \($0.from)-\($0.to)" }
    }
}
