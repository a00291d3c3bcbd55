import ClewModel
import ClewStore
import ClewWire
import HTTPTypes
import Hummingbird

extension Response {
    /// An acknowledgement, with `partial_success` where records were refused.
    init(_ result: AppendResult, _ signal: Signal, _ encoding: OTLPEncoding) {
        let reasons = result.rejected.sorted { $0.key < $1.key }.map { "\($0.value): \($0.key)" }
        let response = ExportResponse(rejected: result.rejectedCount, message: reasons.joined(separator: "; "))
        let body = encoding == .json ? response.json(signal) : response.protobuf()
        self.init(.ok, encoding, body)
    }

    /// An error as a `google.rpc.Status` in the form of the request.
    init(_ failure: IngestFailure, _ encoding: OTLPEncoding) {
        let status = StatusMessage(code: failure.code.rawValue, message: failure.message)
        self.init(failure.status, encoding, encoding == .json ? status.json() : status.protobuf())
        headers[.retryAfter] = failure.retryAfter.map(String.init)
        headers[.allow] = failure.allow
    }

    private init(_ status: HTTPResponse.Status, _ encoding: OTLPEncoding, _ body: [UInt8]) {
        self.init(
            status: status, headers: [.contentType: encoding.rawValue],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
