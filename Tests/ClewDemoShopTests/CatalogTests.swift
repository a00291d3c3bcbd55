import Hummingbird
import HummingbirdTesting
import Testing

@testable import ClewDemoShop

@Suite("The catalog, asked for many")
struct CatalogTests {
    @Test("a batch holds the products that are there, in the order of their ids")
    func batch() async throws {
        try await ServiceUnderTest.run(.catalog) { service in
            try await service.routes { client in
                let response = try await client.execute(uri: "/products?ids=p-24,p-99,p-02,p-24", method: .get)
                let products = try response.decoded(as: [CatalogService.Product].self)
                #expect(products.map(\.id) == ["p-02", "p-24"])
                #expect(products.map(\.priceCents) == [1110, 7930])
            }
        }
    }

    @Test("a batch has at most 100 ids", arguments: [(100, 200), (101, 400)])
    func bound(count: Int, status: Int) async throws {
        try await ServiceUnderTest.run(.catalog) { service in
            try await service.routes { client in
                let ids = Array(repeating: "p-01", count: count).joined(separator: ",")
                let response = try await client.execute(uri: "/products?ids=\(ids)", method: .get)
                #expect(response.status.code == status)
            }
        }
    }

    @Test("ids that a query cannot hold reach the catalog as they are")
    func escaping() async throws {
        let query = ProductIDs(["p-01", "a&b=c", "d e"]).query
        #expect(query == "ids=p-01,a%26b%3Dc,d%20e")
        try await ServiceUnderTest.run(.catalog) { service in
            try await service.routes { client in
                let response = try await client.execute(uri: "/cards?\(query)", method: .get)
                let cards = try response.decoded(as: [CatalogService.Card].self)
                #expect(cards == [CatalogService.Card(id: "p-01", name: "Product 1")])
            }
        }
    }

    @Test("cards fail while something has to, products do not")
    func failingCards() async throws {
        try await ServiceUnderTest.run(.catalog, switches: [.retryStorm]) { service in
            try await service.routes { client in
                var failures = 0
                for _ in 0..<100 {
                    let cards = try await client.execute(uri: "/cards?ids=p-01", method: .get)
                    if cards.status == .serviceUnavailable { failures += 1 }
                    let product = try await client.execute(uri: "/products/p-01", method: .get)
                    #expect(product.status == .ok)
                }
                // Four in ten of a hundred: outside of this once in some millions of runs.
                #expect((15...65).contains(failures))
            }
        }
    }
}

@Suite("The tax")
struct TaxTests {
    @Test("a total holds its tax, rounded half up", arguments: [(0, 0), (119, 19), (100, 16), (3, 0), (4, 1)])
    func tax(total: Int, tax: Int) throws {
        #expect(try TaxService.tax(of: .init(order: "o-1", totalCents: total)).taxCents == tax)
    }

    @Test("what is no total is refused", arguments: [-1, Int.max])
    func refused(total: Int) {
        let error = #expect(throws: HTTPError.self) { try TaxService.tax(of: .init(order: "o-1", totalCents: total)) }
        #expect(error?.status == .badRequest)
    }
}
