import Clew
import GRDB

extension DatabaseWriter {
    /// Writes in one transaction and one database span: what a program does inside of a pattern's transaction is seen as
    /// what it does in one of its own.
    ///
    /// - Parameter table: The pattern's, which the transaction begins with.
    func tracedWrite<T: Sendable>(
        _ operation: String, _ table: String, _ updates: @Sendable (Database) throws -> T
    ) async throws -> T {
        let file = path.split(separator: "/").last.map(String.init)
        return try await withDatabaseSpan(operation, collection: table, system: "sqlite", namespace: file) { _ in
            try await write(updates)
        }
    }
}
