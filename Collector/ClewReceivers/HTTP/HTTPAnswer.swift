import ClewModel
import ClewStore
import ClewWire
import NIOCore
import NIOHTTP1

/// The answer to one request, before it is known whether the connection stays open after it.
struct HTTPAnswer {
    var status: HTTPResponseStatus
    var encoding: OTLPEncoding
    var body: [UInt8]
    /// Seconds.
    var retryAfter: Int?
    var allow: String?
    /// Whether everything was stored and there is nothing to say.
    private(set) var isPlainAcknowledgement = false

    /// An acknowledgement, with `partial_success` where records were refused.
    init(_ result: AppendResult, _ signal: Signal, _ encoding: OTLPEncoding) {
        guard !result.rejected.isEmpty else {
            self.init(status: .ok, encoding: encoding, body: encoding == .json ? Self.emptyObject : [])
            isPlainAcknowledgement = true
            return
        }
        let reasons = result.rejected.sorted { $0.key < $1.key }.map { "\($0.value): \($0.key)" }
        let response = ExportResponse(rejected: Int64(result.rejectedCount), message: reasons.joined(separator: "; "))
        // A message of our own always has a JSON form.
        let body = encoding == .json ? (try? response.json(signal)) ?? Self.emptyObject : response.protobuf
        self.init(status: .ok, encoding: encoding, body: body)
    }

    private static let emptyObject = Array("{}".utf8)

    /// An error as a `google.rpc.Status` in the form of the request.
    init(_ failure: IngestFailure, _ encoding: OTLPEncoding) {
        let status = StatusMessage(failure.code, failure.message, retryDelay: failure.retryAfter)
        let json = encoding == .json ? try? status.json() : nil
        self.init(
            status: failure.status, encoding: json == nil ? .protobuf : .json, body: json ?? status.protobuf,
            retryAfter: failure.retryAfter, allow: failure.allow)
    }

    private init(
        status: HTTPResponseStatus, encoding: OTLPEncoding, body: [UInt8], retryAfter: Int? = nil,
        allow: String? = nil
    ) {
        self.status = status
        self.encoding = encoding
        self.body = body
        self.retryAfter = retryAfter
        self.allow = allow
    }

    /// The whole answer in one buffer, so that it is one write. Every field is of our own making, so nothing is escaped.
    ///
    /// - Parameter date: As ``HTTPDate`` writes it.
    func encoded(_ connection: ConnectionReuse, isHead: Bool, date: String, _ allocator: ByteBufferAllocator)
        -> ByteBuffer
    {
        var buffer = allocator.buffer(capacity: 192 + body.count)
        buffer.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        buffer.writeString("Content-Type: \(encoding.rawValue)\r\nContent-Length: \(body.count)\r\nDate: \(date)\r\n")
        if let retryAfter { buffer.writeString("Retry-After: \(retryAfter)\r\n") }
        if let allow { buffer.writeString("Allow: \(allow)\r\n") }
        switch connection {
        case .keepAlive: break
        case .keepAliveNamed: buffer.writeString("Connection: keep-alive\r\n")
        case .close: buffer.writeString("Connection: close\r\n")
        }
        buffer.writeString("\r\n")
        if !isHead { buffer.writeBytes(body) }
        return buffer
    }

    /// Tells a sender that waits for it to send the body (RFC 9110, section 15.2.1).
    static let goOn = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
}
