import AsyncHTTPClient
import ClewModel
import ClewWire
import NIOCore
import NIOHTTP1

/// Sends batches over OTLP/HTTP.
///
/// Source: OTLP specification, "OTLP/HTTP": 429, 502, 503 and 504 may be repeated, as may a request that got no answer;
/// all else that is not 200 may not.
struct OTLPHTTPExporter: TelemetryExporter {
    private let settings: [Signal: OTLPSettings]
    private let http: ExportHTTPClient

    init(_ settings: [Signal: OTLPSettings]) {
        self.settings = settings
        http = ExportHTTPClient()
    }

    func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        guard let settings = settings[batch.signal] else { return .accepted(rejected: 0) }
        guard OTLPSettings.isHTTP(settings.url) else {
            return .refused(reason: "\(settings.url) is not a URL that can be sent to")
        }
        do {
            let request = try request(batch, settings)
            let start = ContinuousClock.now
            let timeout = TimeAmount.nanoseconds(settings.timeout.nanoseconds)
            let response = try await http.client.execute(request, timeout: timeout)
            let body = await Self.body(of: response, until: start + settings.timeout)
            return outcome(response, body, batch.signal)
        } catch let error as WireError {
            return .refused(reason: error.description)
        } catch let error as HTTPClientError where error == .invalidURL || error == .emptyHost {
            return .refused(reason: "\(settings.url) is not a URL that can be sent to")
        } catch {
            return .retry(after: nil, reason: String(describing: error))
        }
    }

    func shutdown() async { await http.shutdown() }

    /// What comes of a body in time, if it ends by then; the client's own timeout is for the head only.
    private static func body(of response: HTTPClientResponse, until end: ContinuousClock.Instant) async -> [UInt8] {
        await withTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                // The answer to an export is a few bytes; one that is not is not read to its end.
                let body = try? await response.body.collect(upTo: 64 * 1024)
                return body.map { Array($0.readableBytesView) } ?? []
            }
            group.addTask {
                try? await Task.sleep(until: end)
                return []
            }
            defer { group.cancelAll() }
            return await group.next() ?? []
        }
    }

    private func request(_ batch: TelemetryBatch, _ settings: OTLPSettings) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: settings.url)
        request.method = .POST
        for (name, value) in settings.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.headers.replaceOrAdd(name: "User-Agent", value: "clew/\(ClewVersion.current)")
        var body = batch.protobuf
        switch settings.encoding {
        case .protobuf:
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/x-protobuf")
        case .json:
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            body = try OTLPJSON.fromProtobuf(body, OTLPMessage(request: batch.signal))
        }
        if settings.compresses {
            request.headers.replaceOrAdd(name: "Content-Encoding", value: "gzip")
            body = try Gzip.compress(body)
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    private func outcome(_ response: HTTPClientResponse, _ body: [UInt8], _ signal: Signal) -> ExportOutcome {
        switch response.status.code {
        case 200..<300:
            return .accepted(rejected: rejectedItems(response, body, signal))
        case 429, 502, 503, 504:
            let seconds = response.headers.first(name: "Retry-After").flatMap { Int64($0) }
            let after = seconds.map { Duration.seconds(min(max($0, 0), 86400)) }
            return .retry(after: after, reason: "the collector answered \(response.status)")
        default:
            return .refused(reason: "the collector answered \(response.status)")
        }
    }

    /// What the collector says it did not keep; zero where its answer cannot be read.
    private func rejectedItems(_ response: HTTPClientResponse, _ body: [UInt8], _ signal: Signal) -> Int {
        let isJSON = response.headers.first(name: "Content-Type")?.hasPrefix("application/json") ?? false
        let decoded = try? isJSON ? ExportResponse(json: body, signal) : ExportResponse(protobuf: body)
        return Int(clamping: max(0, decoded?.rejected ?? 0))
    }
}

extension TelemetryBatch {
    /// The OTLP export request.
    var protobuf: [UInt8] {
        switch self {
        case .spans(let spans): OTLP.encode(spans)
        case .logs(let logs): OTLP.encode(logs)
        case .metrics(let metrics): OTLP.encode(metrics)
        }
    }

    /// The first and the second half; `nil` where there are not two items.
    var halves: (TelemetryBatch, TelemetryBatch)? {
        func split<Item>(_ items: [Item], _ batch: ([Item]) -> TelemetryBatch) -> (TelemetryBatch, TelemetryBatch)? {
            guard items.count > 1 else { return nil }
            let middle = items.count / 2
            return (batch(Array(items[..<middle])), batch(Array(items[middle...])))
        }
        switch self {
        case .spans(let spans): return split(spans, TelemetryBatch.spans)
        case .logs(let logs): return split(logs, TelemetryBatch.logs)
        case .metrics(let metrics): return split(metrics, TelemetryBatch.metrics)
        }
    }
}
