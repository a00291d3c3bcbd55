import ClewModel
import ClewWire

/// Counts the records of a request that decodes, and keeps nothing of them.
struct RecordCounter: SpanSink, LogSink {
    private(set) var count = 0

    /// How many spans, log records or metrics a request holds.
    ///
    /// - Throws: Where the request does not decode as a whole.
    static func count(_ signal: Signal, _ message: [UInt8]) throws(WireError) -> Int {
        var counter = RecordCounter()
        switch signal {
        case .traces: try OTLP.decodeTraces(message, into: &counter)
        case .logs: try OTLP.decodeLogs(message, into: &counter)
        case .metrics: counter.count = try OTLP.decodeMetrics(message).count
        }
        return counter.count
    }

    mutating func span(_ fields: SpanFields, name: RawSpan, traceState: RawSpan, statusMessage: RawSpan) { count += 1 }
    mutating func record(_ fields: LogFields, severityText: RawSpan, body: RawSpan, eventName: RawSpan) { count += 1 }
    mutating func reject(_ reason: RejectionReason) { count += 1 }
    mutating func resource(_ message: RawSpan, schemaURL: RawSpan) {}
    mutating func scope(_ message: RawSpan, schemaURL: RawSpan) {}
    mutating func attribute(key: RawSpan, value: RawSpan) {}
    mutating func event(_ message: RawSpan) {}
    mutating func link(_ message: RawSpan) {}
}
