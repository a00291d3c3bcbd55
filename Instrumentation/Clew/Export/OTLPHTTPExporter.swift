import AsyncHTTPClient
import ClewModel
import ClewWire
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Tracing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Sends batches over OTLP/HTTP.
///
/// Source: OTLP specification, "OTLP/HTTP": 429, 502, 503 and 504 may be repeated, as may a request that got no answer;
/// all else that is not 200 may not.
struct OTLPHTTPExporter: RequestExporter {
    private let settings: [Signal: OTLPSettings]
    private let tls: [Signal: ExportTLS]
    private let http: ExportHTTPClient

    init(_ settings: [Signal: OTLPSettings]) {
        self.settings = settings
        tls = settings.compactMapValues(ExportTLS.init)
        http = ExportHTTPClient()
    }

    func requests(for batch: TelemetryBatch) -> [ExportRequest] {
        let limit = settings[batch.signal]?.maximumRequestBytes ?? .max
        return batch.encoded(upTo: limit).map { part in
            if let protobuf = part.protobuf { return request(protobuf, items: part.items, batch.signal) }
            return .answered(
                .tooLarge(reason: "larger than a request may be (\(limit) bytes)"), items: part.items, batch.signal)
        }
    }

    func request(_ protobuf: [UInt8], items: Int, _ signal: Signal) -> ExportRequest {
        guard let settings = settings[signal] else {
            return .answered(.refused(reason: "\(signal.rawValue) are sent nowhere"), items: items, signal)
        }
        guard OTLPSettings.isHTTP(settings.url) else {
            return .answered(
                .refused(reason: "\(settings.shownURL) is not a URL that can be sent to"), items: items, signal)
        }
        do {
            let encoded = try settings.request(protobuf, signal)
            return ExportRequest(signal: signal, items: items, protobuf: protobuf) { limit in
                await send(encoded, settings, signal, within: min(settings.timeout, limit))
            }
        } catch {
            return .answered(.refused(reason: "cannot be encoded: \(error)"), items: items, signal)
        }
    }

    func shutdown() async { await http.shutdown() }

    private func send(
        _ request: HTTPClientRequest, _ settings: OTLPSettings, _ signal: Signal, within limit: Duration
    ) async -> ExportAnswer {
        var request = request
        do {
            request.tlsConfiguration = try await tls[signal]?.configuration()
            let end = ContinuousClock.now + limit
            let timeout = TimeAmount.nanoseconds(max(1, limit.nanoseconds))
            let response = try await http.client.execute(request, timeout: timeout)
            return answer(response, await Self.body(of: response, until: end), settings, signal)
        } catch {
            tls[signal]?.forget()
            return ExportAnswer(error, settings.shownURL)
        }
    }

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

    private func answer(
        _ response: HTTPClientResponse, _ body: [UInt8], _ settings: OTLPSettings, _ signal: Signal
    ) -> ExportAnswer {
        let status = Int(response.status.code)
        let says = "\(settings.shownURL) answered \(response.status)"
        var answer = ExportAnswer(
            outcome: .refused(reason: says), statusCode: status,
            errorType: (200..<300).contains(status) ? nil : String(status))
        switch status {
        case 200..<300:
            let partial = Self.partialSuccess(response, body, signal)
            answer.outcome = .accepted(rejected: Int(clamping: max(0, partial.rejected)))
            answer.message = partial.message
            if partial.rejected > 0 { answer.errorType = ExportStatistics.DropReason.rejected.rawValue }
        case 300..<400:
            let target = response.headers.first(name: "Location").map { " to \($0)" } ?? ""
            answer.outcome = .refused(reason: "\(says): redirects\(target) are not followed")
        case 413:
            answer.outcome = .tooLarge(reason: says)
        case 429, 502, 503, 504:
            let now = DefaultTracerClock.now.nanosecondsSinceEpoch
            let after = response.headers.first(name: "Retry-After").flatMap { RetryAfter.duration($0, now: now) }
            answer.outcome = .retry(after: after, reason: says)
        default:
            break
        }
        return answer
    }

    /// What the collector says it did not keep; nothing where its answer cannot be read.
    private static func partialSuccess(
        _ response: HTTPClientResponse, _ body: [UInt8], _ signal: Signal
    ) -> ExportResponse {
        let isJSON = response.headers.first(name: "Content-Type")?.hasPrefix("application/json") ?? false
        let decoded = try? isJSON ? ExportResponse(json: body, signal) : ExportResponse(protobuf: body)
        return decoded ?? ExportResponse()
    }
}

extension OTLPSettings {
    /// The whole request, which can be sent any number of times.
    fileprivate func request(_ protobuf: [UInt8], _ signal: Signal) throws(WireError) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.headers.replaceOrAdd(name: "User-Agent", value: "clew/\(ClewVersion.current)")
        var body = protobuf
        switch encoding {
        case .protobuf:
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/x-protobuf")
        case .json:
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            body = try OTLPJSON.fromProtobuf(body, OTLPMessage(request: signal))
        }
        if compresses {
            request.headers.replaceOrAdd(name: "Content-Encoding", value: "gzip")
            body = try Gzip.compress(body)
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }
}

extension ExportRequest {
    /// A request that is not sent, because its answer is known.
    fileprivate static func answered(_ outcome: ExportOutcome, items: Int, _ signal: Signal) -> ExportRequest {
        ExportRequest(signal: signal, items: items) { _ in ExportAnswer(outcome: outcome) }
    }
}

extension ExportAnswer {
    private static let connecting: [HTTPClientError] = [
        .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout,
    ]
    /// What a system says of an address at which nobody is.
    private static let absence = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL]
    private static let waiting: [HTTPClientError] = [.deadlineExceeded, .readTimeout, .writeTimeout]

    /// What an error of the client means.
    fileprivate init(_ error: any Error, _ url: String) {
        switch error {
        case let error as NIOConnectionError:
            // The one address that was tried last says as much as all of them.
            let cause = error.connectionErrors.last?.error ?? error.dnsAError ?? error.dnsAAAAError ?? error
            self.init(outcome: .unreachable(reason: "\(url): \(cause)"))
            errorType = error.connectionErrors.isEmpty ? "name_resolution_error" : "connection_error"
        case let error as IOError where Self.absence.contains(error.errnoCode):
            // For an address instead of a name.
            self.init(outcome: .unreachable(reason: "\(url): \(error)"), errorType: "connection_error")
        case let error as HTTPClientError where Self.connecting.contains(error):
            self.init(outcome: .unreachable(reason: "\(url): no connection in time"), errorType: "timeout")
        case let error as HTTPClientError where Self.waiting.contains(error):
            self.init(outcome: .retry(after: nil, reason: "\(url): no answer in time"), errorType: "timeout")
        case let error as HTTPClientError where [.invalidURL, .emptyHost].contains(error):
            self.init(outcome: .refused(reason: "\(url) is not a URL that can be sent to"), errorType: "invalid_url")
        case let error as ExportTLS.Failure:
            self.init(outcome: .unreachable(reason: error.description), errorType: "certificate_unusable")
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            self.init(outcome: .unreachable(reason: "\(url): TLS failed: \(error)"), errorType: "tls_error")
        default:
            self.init(outcome: .retry(after: nil, reason: "\(url): \(error)"), errorType: "connection_error")
        }
    }
}
