import ClewModel
import ClewStore
import ClewWire
import HTTPTypes
import Hummingbird

extension Response {
    /// An acknowledgement, with `partial_success` where records were refused.
    init(_ result: AppendResult, _ signal: Signal, _ encoding: OTLPEncoding) throws(WireError) {
        let reasons = result.rejected.sorted { $0.key < $1.key }.map { "\($0.value): \($0.key)" }
        let response = ExportResponse(rejected: Int64(result.rejectedCount), message: reasons.joined(separator: "; "))
        let body = encoding == .json ? try response.json(signal) : response.protobuf
        self.init(.ok, encoding, body)
    }

    /// An error as a `google.rpc.Status` in the form of the request.
    init(_ failure: IngestFailure, _ encoding: OTLPEncoding) {
        let status = StatusMessage(failure.code, failure.message)
        // A message of our own always has a JSON form.
        let json = encoding == .json ? try? status.json() : nil
        self.init(failure.status, json == nil ? .protobuf : .json, json ?? status.protobuf)
        headers[.retryAfter] = failure.retryAfter.map(String.init)
        headers[.allow] = failure.allow
    }

    private init(_ status: HTTPResponse.Status, _ encoding: OTLPEncoding, _ body: [UInt8]) {
        self.init(
            status: status, headers: [.contentType: encoding.rawValue],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
