/// Of what the requests of a load are, in parts of their sum.
public struct LoadMix: Hashable, Sendable {
    /// What a request asks for.
    public enum Request: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        case checkout = "POST /checkout"
        case products = "GET /products"
        case order = "GET /orders/{id}"
        /// That of the web or that of the app.
        case homePage = "GET /web/home or /mobile/home"
        /// An order's details, a customer's history, or an order that is given back.
        case afterSale = "after sale"
        case mobileHome = "GET /mobile/home"
        case history = "GET /customers/{id}/orders"

        public var description: String { rawValue }
    }

    /// Of ten requests four are checkouts, three ask for a home page, one for the products and one for an order; one asks
    /// for an order's details or a customer's history, or gives an order back.
    public static let standard = LoadMix([.checkout: 4, .products: 1, .order: 1, .homePage: 3, .afterSale: 1])

    /// More of one kind than this counts as this, so that no sum overflows.
    private static let mostParts = 1_000_000

    private let parts: [Request: Int]

    /// - Parameter parts: Of each kind; less than one is none. Without any, all are checkouts.
    public init(_ parts: [Request: Int]) {
        let parts = parts.mapValues { min(Self.mostParts, $0) }.filter { $0.value > 0 }
        self.parts = parts.isEmpty ? [.checkout: 1] : parts
    }

    /// The sum of all parts, 1 at least.
    public var total: Int { parts.values.reduce(0, +) }

    /// The share of the requests that are of one kind, from 0 to 1.
    public func share(of request: Request) -> Double { Double(parts[request, default: 0]) / Double(total) }

    /// The kind of the request that a number from 0 to below ``total`` stands for.
    func request(_ number: Int) -> Request {
        var rest = number
        for request in Request.allCases {
            rest -= parts[request, default: 0]
            if rest < 0 { return request }
        }
        return .checkout
    }
}
