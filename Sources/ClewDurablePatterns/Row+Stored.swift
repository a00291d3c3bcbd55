package import GRDB

extension Row {
    /// The value of a column, an optional one where it may be null. GRDB's own subscripts end the process where a file
    /// holds another type, or another name.
    ///
    /// - Throws: ``DurableError`` with ``DurableError/Code/malformed``.
    package func stored<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ column: String
    ) throws -> Value {
        do {
            return try decode(Value.self, forColumn: column)
        } catch {
            throw DurableError(.malformed, "a row holds no \(Value.self) in its column '\(column)'", cause: error)
        }
    }
}
