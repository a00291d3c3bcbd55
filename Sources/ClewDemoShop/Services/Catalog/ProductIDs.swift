import Foundation
import Hummingbird

/// The products that a request asks for at once.
struct ProductIDs: Sendable {
    /// Above the lines of the largest order, and the whole of a page.
    static let most = 100

    let ids: [String]

    init(_ ids: [String]) {
        self.ids = ids
    }

    /// Reads `?ids=p-01,p-02`; `nil` where a request has no such parameter.
    ///
    /// - Throws: 400 where there are more ids than a request may have.
    init?(in request: Request) throws {
        guard let list = request.uri.queryParameters.get("ids") else { return nil }
        let ids = list.split(separator: ",").map(String.init)
        guard ids.count <= Self.most else {
            throw HTTPError(.badRequest, message: "a request asks for at most \(Self.most) products, not \(ids.count)")
        }
        self.ids = ids
    }

    /// As SQL's `json_each` reads it, so that the text of a query does not depend on how many there are.
    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(ids), as: UTF8.self) }
    }

    /// `ids=p-01,p-02`, with all that a query may not hold escaped.
    var query: String {
        "ids="
            + ids.compactMap { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-"])) }
            .joined(separator: ",")
    }
}
