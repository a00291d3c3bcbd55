import ClewDurablePatterns
import Foundation

extension IdempotencyKeys.Answer {
    /// - Parameter value: Becomes the body.
    init(status: Int, json value: some Encodable) throws {
        self.init(status: status, body: String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
    }
}
