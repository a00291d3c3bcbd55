import Clew
import Foundation
import GRDB

/// A service's SQLite file; each call is one database span around one real query.
struct ShopDatabase: Sendable {
    /// More slow queries than this at once wait for a connection, as in any pool.
    private static let readers = 32
    /// For a file that another process makes at the same time; its migrations take far less.
    private static let openingLimit = 30.0

    private let pool: DatabasePool
    /// The file's name, which the spans show.
    private let name: String

    /// The same file for the patterns that keep their state in it; what they do there has no span and meets no fault.
    var writer: any DatabaseWriter { pool }

    /// Opens a file, and brings its tables up to date.
    init(file: URL, migrator: DatabaseMigrator) throws {
        name = file.lastPathComponent
        pool = try Self.alone(with: file) {
            let pool = try DatabasePool(path: file.path, configuration: Self.configuration)
            try migrator.migrate(pool)
            return pool
        }
    }

    /// Two instances that start at once would both change to WAL and run the same migrations: an exclusive transaction
    /// on a file beside it lets one wait for the other, and ends with its process.
    private static func alone(with file: URL, _ open: () throws -> DatabasePool) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(openingLimit)
        let lock = try DatabaseQueue(
            path: file.deletingPathExtension().appendingPathExtension("lock").path, configuration: configuration)
        var pool: DatabasePool?
        try lock.inDatabase { db in
            try db.inTransaction(.exclusive) {
                pool = try open()
                return .rollback
            }
        }
        guard let pool else { throw ShopError(.startFailed, "\(file.path) was not opened") }
        return pool
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { $0.add(function: pause) }
        return configuration
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
