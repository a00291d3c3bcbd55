import GRDB
import Hummingbird

/// What the shop sells, and for how much.
///
/// - `GET /products`: all, or with `?ids=p-01,p-02` those of the ids that are there, at most 100 ids.
/// - `GET /products/{id}`: one, or 404.
/// - `GET /cards?ids=`: names alone, for pages that show no prices.
struct CatalogService: ShopService {
    struct Product: ResponseCodable, FetchableRecord, Hashable {
        /// `p-01` to `p-24`.
        var id: String
        var name: String
        var priceCents: Int
    }

    struct Card: ResponseCodable, FetchableRecord, Hashable {
        var id: String
        var name: String
    }

    static let productCount = 24

    /// - Parameter number: 1 to ``productCount``.
    static func productID(_ number: Int) -> String { number < 10 ? "p-0\(number)" : "p-\(number)" }

    private let database: ShopDatabase
    private let troubles: CatalogTroubles

    init(in environment: ServiceEnvironment) throws {
        troubles = CatalogTroubles(environment)
        database = try environment.openDatabase(
            schema: """
                CREATE TABLE products (id TEXT PRIMARY KEY, name TEXT NOT NULL, priceCents INTEGER NOT NULL);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.productCount))
                INSERT INTO products SELECT printf('p-%02d', i), 'Product ' || i, 490 + 310 * i FROM n;
                """
        )
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/products") { request, _ in
            try await troubles.heat()
            guard let ids = try ProductIDs(in: request) else { return try await products() }
            return try await products(ids)
        }
        router.get("/products/{id}") { _, context in
            try await troubles.heat()
            let id = try context.parameters.require("id")
            guard let product = try await products(ProductIDs([id])).first else {
                throw HTTPError(.notFound, message: "there is no product '\(id)'")
            }
            return product
        }
        router.get("/cards") { request, _ in
            try await troubles.heat()
            try troubles.failCard()
            return try await cards(ProductIDs(in: request) ?? ProductIDs([]))
        }
    }

    private func products() async throws -> [Product] {
        try await database.read(from: "products", "SELECT * FROM products ORDER BY id") { db, sql in
            try Product.fetchAll(db, sql: sql)
        }
    }

    private func products(_ ids: ProductIDs) async throws -> [Product] {
        let query = "SELECT * FROM products WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
        let json = try ids.json
        return try await database.read(from: "products", query) { db, sql in
            try Product.fetchAll(db, sql: sql, arguments: [json])
        }
    }

    private func cards(_ ids: ProductIDs) async throws -> [Card] {
        let query = "SELECT id, name FROM products WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
        let json = try ids.json
        return try await database.read(from: "products", query) { db, sql in
            try Card.fetchAll(db, sql: sql, arguments: [json])
        }
    }
}
