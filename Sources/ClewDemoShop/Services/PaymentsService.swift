import Foundation
import GRDB
import Hummingbird
import Logging

/// Charges customers' cards; some cards are blocked.
struct PaymentsService: ShopService {
    struct NewCharge: Codable, Sendable {
        var order: String
        var customer: String
        var amountCents: Int
    }

    struct Charge: ResponseCodable {
        var id: String
    }

    /// One card of a customer; customers without one pay by invoice.
    private struct Card: Decodable, FetchableRecord {
        var isBlocked: Bool
    }

    private let database: ShopDatabase

    /// The customers `c-000` to `c-199` have cards; every fiftieth card is blocked.
    init(in environment: ServiceEnvironment) throws {
        database = try environment.openDatabase(
            schema: """
                CREATE TABLE cards (customer TEXT PRIMARY KEY, isBlocked BOOLEAN NOT NULL);
                CREATE TABLE charges (id TEXT PRIMARY KEY, "order" TEXT NOT NULL, amountCents INTEGER NOT NULL);
                WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
                INSERT INTO cards SELECT printf('c-%03d', i), i % 50 = 13 FROM n;
                """
        )
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/charges") { request, context in
            let charge = try await request.decode(as: NewCharge.self, context: context)
            guard try await !isBlocked(charge.customer) else {
                context.logger.warning("payment declined", metadata: ["customer": "\(charge.customer)"])
                throw HTTPError(
                    .init(code: 402, reasonPhrase: "Payment Required"),
                    message: "the card of '\(charge.customer)' is blocked")
            }
            return EditedResponse(status: .created, response: try await store(charge))
        }
    }

    private func isBlocked(_ customer: String) async throws -> Bool {
        try await database.read(from: "cards", "SELECT isBlocked FROM cards WHERE customer = ?") { db, sql in
            try Card.fetchOne(db, sql: sql, arguments: [customer])?.isBlocked ?? false
        }
    }

    private func store(_ charge: NewCharge) async throws -> Charge {
        let id = UUID().uuidString.lowercased()
        try await database.write(to: "charges", "INSERT INTO charges VALUES (?, ?, ?)") { db, sql in
            try db.execute(sql: sql, arguments: [id, charge.order, charge.amountCents])
        }
        return Charge(id: id)
    }
}
