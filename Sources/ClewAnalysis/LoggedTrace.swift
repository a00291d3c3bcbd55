public import ClewModel

/// The spans of one trace and the log records that carry its id, as ``ExplainProfile`` takes them.
public struct LoggedTrace: Sendable {
    /// A span or a record, so that a ``TraceGrouper`` keeps or drops both together.
    public enum Member: TraceMember {
        case span(ExplainSpan)
        case record(LogRecord, of: TraceID)

        /// A record with what the analysis reads of it: a text of bounded length, its severity and its span.
        ///
        /// - Returns: `nil` for a record that belongs to no span, or whose body is no text.
        public init?(_ record: LogRecord) {
            guard let traceID = record.traceID, let spanID = record.spanID, let text = record.body.stringValue else {
                return nil
            }
            let bounded = LogRecord(
                time: record.effectiveTime, severityNumber: record.severityNumber,
                body: .string(BoundedText.cut(text)), traceID: traceID, spanID: spanID)
            self = .record(bounded, of: traceID)
        }

        public var traceID: TraceID {
            switch self {
            case .span(let span): span.traceID
            case .record(_, let traceID): traceID
            }
        }
    }

    public var spans: [ExplainSpan] = []
    public var records: [LogRecord] = []

    /// - Parameter members: Those of one trace, in any order.
    public init(_ members: some Sequence<Member>) {
        for member in members {
            switch member {
            case .span(let span): spans.append(span)
            case .record(let record, _): records.append(record)
            }
        }
    }

    /// Where the request began; `nil` without spans.
    ///
    /// As ``Trace/root`` has it, but found without putting the trace together: a span without a parent goes before one
    /// whose parent may be missing, an entry before other kinds, then the earliest.
    public var root: SpanSummary? {
        spans.lazy.map(\.summary).min { Self.rank($0) < Self.rank($1) }
    }

    private static func rank(_ span: SpanSummary) -> (Int, Int, UnixNanoseconds, SpanID) {
        (span.isTrueRoot ? 0 : 1, span.isEntry ? 0 : 1, span.start, span.spanID)
    }
}

extension SpanSummary {
    /// Whether it names no parent.
    var isTrueRoot: Bool { parentSpanID.map { !$0.isValid } ?? true }
}
