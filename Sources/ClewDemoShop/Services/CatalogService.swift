import GRDB
import Hummingbird

/// What the shop sells, and for how much.
struct CatalogService: ShopService {
    struct Product: ResponseCodable, FetchableRecord {
        /// `p-01` to `p-24`.
        var id: String
        var name: String
        var priceCents: Int
    }

    private let database: ShopDatabase

    init(in environment: ServiceEnvironment) throws {
        database = try environment.openDatabase(
            schema: """
                CREATE TABLE products (id TEXT PRIMARY KEY, name TEXT NOT NULL, priceCents INTEGER NOT NULL);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
                INSERT INTO products SELECT printf('p-%02d', i), 'Product ' || i, 490 + 310 * i FROM n;
                """
        )
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/products") { _, _ in
            try await database.read(from: "products", "SELECT * FROM products ORDER BY id") { db, sql in
                try Product.fetchAll(db, sql: sql)
            }
        }
        router.get("/products/{id}") { _, context in
            let id = try context.parameters.require("id")
            return try await product(id)
        }
    }

    private func product(_ id: String) async throws -> Product {
        let found = try await database.read(from: "products", "SELECT * FROM products WHERE id = ?") { db, sql in
            try Product.fetchOne(db, sql: sql, arguments: [id])
        }
        guard let found else { throw HTTPError(.notFound, message: "there is no product '\(id)'") }
        return found
    }
}
