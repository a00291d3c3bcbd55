import GRDB

/// `shared-db`: the file of the orders, into which nobody but they should write.
struct OrdersFile: Sendable {
    private static let table = "CREATE TABLE IF NOT EXISTS notified (\"order\" TEXT NOT NULL, text TEXT NOT NULL)"
    private static let insert = "INSERT INTO notified VALUES (?, ?)"

    private let database: Lazily<ShopDatabase>

    init(in environment: ServiceEnvironment) {
        database = Lazily {
            let database = try environment.openDatabase(of: .orders)
            try database.writer.write { try $0.execute(sql: Self.table) }
            return database
        }
    }

    func note(_ letter: Letter) async throws {
        try await database.value().write(to: "notified", Self.insert) { db, sql in
            try db.execute(sql: sql, arguments: [letter.order, letter.text])
        }
    }
}
