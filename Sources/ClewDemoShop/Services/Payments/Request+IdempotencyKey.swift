import HTTPTypes
import Hummingbird

extension Request {
    private static let keyName = HTTPField.Name(UpstreamRequest.idempotencyKey)

    /// As its client chose it, which may be anything.
    var idempotencyKey: String? { Self.keyName.flatMap { headers[$0] } }
}
