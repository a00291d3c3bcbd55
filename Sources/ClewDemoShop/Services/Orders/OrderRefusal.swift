import HTTPTypes
import Hummingbird

/// A "no" of a service that an order needs, in the one line in which a saga keeps the reason of its end: `402 MESSAGE`.
///
/// What is not of this form is a failure.
struct OrderRefusal: Hashable, Sendable, LosslessStringConvertible {
    /// 400 to 499.
    var status: Int
    var message: String

    init(status: Int, message: String) {
        self.status = status
        self.message = message
    }

    init(_ error: HTTPError) {
        self.init(status: error.status.code, message: error.body ?? error.status.reasonPhrase)
    }

    init?(_ reason: String) {
        let parts = reason.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let status = Int(parts[0]), (400..<500).contains(status) else { return nil }
        self.init(status: status, message: String(parts[1]))
    }

    var description: String { "\(status) \(message)" }
}
