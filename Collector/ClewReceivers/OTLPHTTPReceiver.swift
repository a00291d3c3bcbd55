import ClewModel
public import ClewPipeline
import ClewStore
import ClewWire
import HTTPTypes
public import Hummingbird
import NIOCore

/// Receives OTLP/HTTP: `POST /v1/traces`, `/v1/logs`, `/v1/metrics`; protobuf and JSON; identity and gzip.
///
/// Answers 200 only when the records are durable. Source: OpenTelemetry protocol specification 1.x, "OTLP/HTTP".
public struct OTLPHTTPReceiver: HTTPResponder {
    private let pipeline: Pipeline
    private let limits: IngestLimits
    private let budget: InFlightBudget

    public init(pipeline: Pipeline, limits: IngestLimits = IngestLimits()) {
        self.pipeline = pipeline
        self.limits = limits
        budget = InFlightBudget(limit: limits.maximumInFlightBytes)
    }

    public func respond(to request: Request, context: ReceiverContext) async throws -> Response {
        let encoding = request.headers[.contentType].map(OTLPEncoding.init(contentType:)) ?? nil
        guard let signal = Self.signal(path: request.uri.path) else {
            return refuse(.notFound(request.uri.path), encoding, closing: context)
        }
        var isBodyRead = false
        do {
            guard request.method == .post else { throw IngestFailure.methodNotAllowed(request.method) }
            return try await receive(signal, request, encoding, context, &isBodyRead)
        } catch let failure as IngestFailure {
            if let reason = failure.reason { pipeline.counters.refused(signal, over: .http, reason) }
            return refuse(failure, encoding, closing: isBodyRead ? nil : context)
        }
    }

    /// - Parameter connection: Where the body was not read. What is left of it is thrown away until its end or the read
    ///   timeout, because closing at once would make the sender see a reset connection and not the answer.
    private func refuse(
        _ failure: IngestFailure, _ encoding: OTLPEncoding?, closing connection: ReceiverContext?
    ) -> Response {
        var response = Response(failure, encoding ?? .json)
        if let connection {
            response.headers[.connection] = "close"
            _ = connection.scheduleClose(after: limits.readTimeout)
        }
        return response
    }

    private func receive(
        _ signal: Signal, _ request: Request, _ encoding: OTLPEncoding?, _ context: ReceiverContext,
        _ isBodyRead: inout Bool
    ) async throws -> Response {
        guard let encoding else {
            throw IngestFailure.unsupported(
                "Content-Type '\(request.headers[.contentType] ?? "")' is not understood; "
                    + "send application/x-protobuf or application/json")
        }
        guard let coding = ContentCoding(contentEncoding: request.headers[.contentEncoding]) else {
            throw IngestFailure.unsupported(
                "Content-Encoding '\(request.headers[.contentEncoding] ?? "")' is not understood; send gzip or identity"
            )
        }
        var reservation = Reservation(budget)
        let body = try await BodyReader(limits: limits, context: context).read(request, &reservation)
        isBodyRead = true
        pipeline.counters.received(signal, over: .http, bytes: body.count)
        let message = try decode(signal, body, encoding, coding, &reservation)
        do {
            return try Response(await pipeline.submit(signal, message, over: .http), signal, encoding)
        } catch let error as StoreError {
            throw IngestFailure(error)
        }
    }

    private func decode(
        _ signal: Signal, _ body: [UInt8], _ encoding: OTLPEncoding, _ coding: ContentCoding,
        _ reservation: inout Reservation
    ) throws(IngestFailure) -> [UInt8] {
        var message = body
        do {
            if coding == .gzip {
                // Not reserved before its size is known; decompression does not suspend, so that at most one body per
                // core is held beyond the budget.
                message = try Gzip.decompress(body, limit: limits.maximumDecompressedBytes)
                guard reservation.grow(by: message.count) else { throw BodyReader.overloaded }
            }
            return encoding == .json ? try OTLPJSON.toProtobuf(message, OTLPMessage(request: signal)) : message
        } catch let error as WireError where error.code == .tooLarge {
            throw .tooLarge("\(error)")
        } catch let error as IngestFailure {
            throw error
        } catch {
            throw .malformed("\(error)")
        }
    }

    private static func signal(path: String) -> Signal? {
        guard path.hasPrefix("/v1/") else { return nil }
        return Signal(rawValue: String(path.dropFirst("/v1/".count)))
    }
}
