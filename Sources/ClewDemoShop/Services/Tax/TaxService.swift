import Hummingbird

/// The tax that an order's total holds: one multiplication, and so hardly a service of its own.
///
/// Only orders with the switch `nano-service` ask it: `POST /taxes`.
struct TaxService: ShopService {
    struct Sale: Codable, Sendable {
        var order: String
        var totalCents: Int
    }

    struct Tax: ResponseCodable, Hashable {
        /// Contained in the total, rounded half up.
        var taxCents: Int
    }

    /// The general rate of Germany, in percent (§ 12 UStG).
    private static let rate = 19

    init(in environment: ServiceEnvironment) throws {}

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/taxes") { request, context in
            try Self.tax(of: try await request.decode(as: Sale.self, context: context))
        }
    }

    /// - Throws: 400 where the total is negative or larger than a total can be.
    static func tax(of sale: Sale) throws -> Tax {
        let gross = 100 + rate
        let (product, overflowed) = sale.totalCents.multipliedReportingOverflow(by: rate)
        guard sale.totalCents >= 0, !overflowed else {
            throw HTTPError(.badRequest, message: "\(sale.totalCents) is not the total of an order, in cents")
        }
        return Tax(taxCents: product / gross + (product % gross * 2 >= gross ? 1 : 0))
    }
}
