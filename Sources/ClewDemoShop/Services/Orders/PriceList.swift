import Foundation
import Hummingbird

/// What products cost, asked of the catalog once for each order.
struct PriceList: Sendable {
    let catalog: Upstream

    /// The price of all lines.
    ///
    /// - Throws: 404, which names a product that the catalog does not have.
    func total(_ lines: [OrdersService.Line]) async throws -> Int {
        let ids = Set(lines.map(\.product)).sorted()
        let path = "/products?" + ProductIDs(ids).query
        let products = try await catalog.get(path, as: [CatalogService.Product].self)
        return try Self.total(lines, at: products)
    }

    /// - Throws: 404 for a product without a price, 400 for a sum that is none.
    static func total(_ lines: [OrdersService.Line], at products: [CatalogService.Product]) throws -> Int {
        let prices = Dictionary(products.map { ($0.id, $0.priceCents) }) { first, _ in first }
        var total = 0
        for line in lines {
            guard let price = prices[line.product] else {
                throw HTTPError(.notFound, message: "there is no product '\(line.product)'")
            }
            let (cost, overflowed) = price.multipliedReportingOverflow(by: line.quantity)
            let (sum, carried) = total.addingReportingOverflow(cost)
            guard !overflowed, !carried, cost >= 0 else {
                throw HTTPError(.badRequest, message: "'\(line.product)' \(line.quantity) times has no price")
            }
            total = sum
        }
        return total
    }
}
