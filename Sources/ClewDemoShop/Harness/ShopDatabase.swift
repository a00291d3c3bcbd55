import Clew
import Foundation
import GRDB

/// A service's SQLite file; each call is one database span around one real query.
struct ShopDatabase: Sendable {
    /// More slow queries than this at once wait for a connection, as in any pool.
    private static let readers = 32

    private let pool: DatabasePool
    /// The file's name, which the spans show.
    private let name: String

    /// - Parameter schema: SQL that makes and fills the tables, run once for each file.
    init(file: String, schema: String) throws {
        var configuration = Configuration()
        configuration.maximumReaderCount = Self.readers
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { $0.add(function: Self.pause) }
        pool = try DatabasePool(path: file, configuration: configuration)
        name = URL(fileURLWithPath: file).lastPathComponent
        var migrator = DatabaseMigrator()
        migrator.registerMigration("schema") { try $0.execute(sql: schema) }
        try migrator.migrate(pool)
    }

    /// Reads in one snapshot.
    ///
    /// - Parameters:
    ///   - table: The collection that the span names.
    ///   - query: The SQL, shown on the span and handed to `body`.
    func read<Value: Sendable>(
        from table: String,
        _ query: String,
        _ body: @escaping @Sendable (Database, _ sql: String) throws -> Value
    ) async throws -> Value {
        try await traced(table, query) { try await pool.read { try body($0, query) } }
    }

    /// Writes in one transaction; throwing rolls back.
    func write<Value: Sendable>(
        to table: String,
        _ query: String,
        _ body: @escaping @Sendable (Database, _ sql: String) throws -> Value
    ) async throws -> Value {
        try await traced(table, query) { try await pool.write { try body($0, query) } }
    }

    private func traced<Value: Sendable>(
        _ table: String,
        _ query: String,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let operation = query.prefix { $0 != " " }
        return try await withDatabaseSpan(
            String(operation),
            collection: table,
            system: "sqlite",
            namespace: name,
            query: query
        ) { _ in
            try await meetFault()
            return try await body()
        }
    }

    /// A slow query on a reader of its own, so that it slows its own request and not the queue of writers.
    private func meetFault() async throws {
        switch RequestFaults.current?.takeDatabaseFault() {
        case .delay(let delay):
            _ = try await pool.read { try Int.fetchOne($0, sql: "SELECT pause(?)", arguments: [delay / .seconds(1)]) }
        case .error: throw ShopError(.injected, "disk I/O error in \(name), as it was told to")
        case nil: break
        }
    }

    /// `pause(SECONDS)` in SQL: the query takes that long and no CPU.
    private static var pause: DatabaseFunction {
        DatabaseFunction("pause", argumentCount: 1) { values in
            Thread.sleep(forTimeInterval: Double.fromDatabaseValue(values[0]) ?? 0)
            return 0
        }
    }
}
