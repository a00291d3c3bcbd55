import Hummingbird

/// An id of an order or a customer as a request brings it: 1 to 64 letters, digits and hyphens of ASCII.
///
/// Nothing else becomes a part of another service's path.
struct ShopID: Hashable, Sendable, CustomStringConvertible {
    private static let longest = 64

    let description: String

    /// - Throws: 400.
    init(_ text: some StringProtocol) throws {
        let isValid = (1...Self.longest).contains(text.utf8.count) && text.unicodeScalars.allSatisfy(Self.isAllowed)
        guard isValid else {
            let shown = text.prefix(Self.longest)
            throw HTTPError(.badRequest, message: "'\(shown)' is no id: an id is 1 to 64 letters, digits and hyphens")
        }
        description = String(text)
    }

    /// The `{id}` of a route's path.
    init(of context: BasicRequestContext) throws {
        try self.init(context.parameters.require("id"))
    }

    /// The `?customer=` of a request; `nil` where there is none.
    init?(customerOf request: Request) throws {
        guard let customer = request.uri.queryParameters.get("customer") else { return nil }
        try self.init(customer)
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-")
    }
}
