import GRDB

extension DatabaseWriter {
    /// Writes in one transaction, also where the task was cancelled: what was done elsewhere already must be recorded,
    /// and what is held must be given back.
    func writeUncancelled<T: Sendable>(_ updates: @escaping @Sendable (Database) throws -> T) async throws -> T {
        // A task of its own, as GRDB ends the statements of a cancelled one.
        try await Task { try await self.write(updates) }.value
    }
}
