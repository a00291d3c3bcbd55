import ClewModel
import Foundation

/// The parameters of a URL's query.
enum QueryString {
    /// Splits at `&` and `=` and undoes percent-encoding; `+` stays a plus (RFC 3986, not HTML forms).
    static func parse(_ query: String?) throws -> QueryParameters {
        guard let query, !query.isEmpty else { return [] }
        return try query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = String(parts[0]).removingPercentEncoding,
                let value = (parts.count > 1 ? String(parts[1]) : "").removingPercentEncoding
            else { throw APIError.badRequest("the parameter '\(pair)' is not percent-encoded UTF-8") }
            return (name, value)
        }
    }
}
