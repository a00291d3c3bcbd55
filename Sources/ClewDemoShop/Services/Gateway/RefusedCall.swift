import HTTPTypes
import Hummingbird
import NIOCore

/// A callee's refusal with its body, which a gateway passes on as it is: it may say more than why, such as which order.
struct RefusedCall: HTTPResponseError {
    /// The refusal for callers that only read why.
    var error: HTTPError
    /// JSON.
    var body: ByteBuffer

    var status: HTTPResponse.Status { error.status }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var headers = error.headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
