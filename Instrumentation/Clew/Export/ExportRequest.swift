import ClewModel
import ClewWire

/// What an exporter sends at once: a batch, or a part of one, encoded once however often it is sent.
struct ExportRequest: Sendable {
    let signal: Signal
    let items: Int
    /// The OTLP request as protobuf, for keeping it on disk; `nil` where the exporter does not send such.
    var protobuf: [UInt8]?
    /// Makes one attempt, which takes no longer than this.
    let send: @Sendable (Duration) async -> ExportAnswer
}

/// The outcome of one attempt, with what is only known to those who speak HTTP.
struct ExportAnswer: Sendable {
    var outcome: ExportOutcome
    /// What the receiver says to people where it took something; the reasons of other outcomes are in them.
    var message = ""
    var statusCode: Int?
    /// Of few values, for metrics; `nil` where nothing failed.
    var errorType: String?
}

/// An exporter that encodes a batch once, however often it is sent, and in as many requests as it needs.
protocol RequestExporter: TelemetryExporter {
    func requests(for batch: TelemetryBatch) -> [ExportRequest]

    /// The request whose protobuf was kept; see ``ExportRequest/protobuf``.
    func request(_ protobuf: [UInt8], items: Int, _ signal: Signal) -> ExportRequest
}

extension RequestExporter {
    /// One attempt for each request of the batch; where there are several, what is not taken is lost.
    func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        let requests = requests(for: batch)
        var lost = 0
        for request in requests {
            let outcome = await request.send(.seconds(10)).outcome
            if requests.count == 1 { return outcome }
            switch outcome {
            case .accepted(let rejected): lost += min(max(rejected, 0), request.items)
            case .sent, .retry, .unreachable, .tooLarge, .refused: lost += request.items
            }
        }
        return .sent(lost: lost, tooLarge: 0)
    }
}

/// An exporter that sees to it that an attempt ends in time.
protocol TimedExporter: TelemetryExporter {
    /// Makes one attempt, which takes no longer than this.
    func export(_ batch: TelemetryBatch, within limit: Duration) async -> ExportOutcome
}

extension TimedExporter {
    func export(_ batch: TelemetryBatch) async -> ExportOutcome { await export(batch, within: .seconds(10)) }
}

extension TelemetryExporter {
    /// What the batch is sent as.
    func exportRequests(for batch: TelemetryBatch) -> [ExportRequest] {
        if let exporter = self as? any RequestExporter { return exporter.requests(for: batch) }
        return [
            ExportRequest(signal: batch.signal, items: batch.count) { limit in
                guard let timed = self as? any TimedExporter else { return ExportAnswer(outcome: await export(batch)) }
                return ExportAnswer(outcome: await timed.export(batch, within: limit))
            }
        ]
    }
}

/// A part of a batch as an OTLP request.
struct EncodedPart {
    var items: Int
    /// `nil` where one item alone is too large.
    var protobuf: [UInt8]?
}

extension TelemetryBatch {
    /// The batch in requests of at most `limit` bytes.
    func encoded(upTo limit: Int) -> [EncodedPart] {
        var parts: [EncodedPart] = []
        // A stack instead of recursion: the later half waits while the earlier is cut further.
        var waiting = [self]
        while let batch = waiting.popLast() {
            let protobuf = batch.protobuf
            if protobuf.count <= limit {
                parts.append(EncodedPart(items: batch.count, protobuf: protobuf))
            } else if let (first, second) = batch.halves {
                waiting += [second, first]
            } else {
                parts.append(EncodedPart(items: batch.count, protobuf: nil))
            }
        }
        return parts
    }

    /// Reads a request back; `nil` where it is none.
    init?(_ signal: Signal, protobuf: [UInt8]) {
        switch signal {
        case .traces: if let spans = try? OTLP.decodeTraces(protobuf) { self = .spans(spans) } else { return nil }
        case .logs: if let logs = try? OTLP.decodeLogs(protobuf) { self = .logs(logs) } else { return nil }
        case .metrics:
            if let metrics = try? OTLP.decodeMetrics(protobuf) { self = .metrics(metrics) } else { return nil }
        }
    }

    var protobuf: [UInt8] {
        switch self {
        case .spans(let spans): OTLP.encode(spans)
        case .logs(let logs): OTLP.encode(logs)
        case .metrics(let metrics): OTLP.encode(metrics)
        }
    }

    /// The first and the second half; `nil` where there are not two items.
    var halves: (TelemetryBatch, TelemetryBatch)? {
        switch self {
        case .spans(let spans): spans.halves.map { (.spans($0), .spans($1)) }
        case .logs(let logs): logs.halves.map { (.logs($0), .logs($1)) }
        case .metrics(let metrics):
            if let only = metrics.first, metrics.count == 1 {
                only.halves.map { (.metrics([$0]), .metrics([$1])) }
            } else {
                metrics.halves.map { (.metrics($0), .metrics($1)) }
            }
        }
    }
}

extension Array {
    fileprivate var halves: ([Element], [Element])? {
        guard count > 1 else { return nil }
        return (Array(self[..<(count / 2)]), Array(self[(count / 2)...]))
    }
}

extension Metric {
    /// The metric with the first and with the second half of its points.
    fileprivate var halves: (Metric, Metric)? {
        data.halves.map { first, second in
            var halves = (self, self)
            halves.0.data = first
            halves.1.data = second
            return halves
        }
    }
}

extension MetricData {
    var pointCount: Int {
        switch self {
        case .gauge(let points), .sum(let points, _, _): points.count
        case .histogram(let points, _): points.count
        case .exponentialHistogram(let points, _): points.count
        case .summary(let points): points.count
        }
    }

    fileprivate var halves: (MetricData, MetricData)? {
        switch self {
        case .gauge(let points): points.halves.map { (.gauge($0), .gauge($1)) }
        case .sum(let points, let temporality, let isMonotonic):
            points.halves.map {
                (
                    .sum($0, temporality: temporality, isMonotonic: isMonotonic),
                    .sum($1, temporality: temporality, isMonotonic: isMonotonic)
                )
            }
        case .histogram(let points, let temporality):
            points.halves.map {
                (.histogram($0, temporality: temporality), .histogram($1, temporality: temporality))
            }
        case .exponentialHistogram(let points, let temporality):
            points.halves.map {
                (
                    .exponentialHistogram($0, temporality: temporality),
                    .exponentialHistogram($1, temporality: temporality)
                )
            }
        case .summary(let points): points.halves.map { (.summary($0), .summary($1)) }
        }
    }
}
