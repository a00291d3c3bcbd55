/// What a span's name tells where the sender gives neither kinds nor attributes.
enum SQLName {
    private static let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE "]

    /// Whether the span asks a database: libraries name such spans `SELECT orders`, Go's database/sql `sql.conn.query`.
    static func isQuery(_ name: String) -> Bool {
        verbs.contains { name.hasPrefix($0) } || name.hasPrefix("sql.")
    }

    /// Whether it reads, and from what is known.
    static func isRead(_ name: String) -> Bool { name.hasPrefix("SELECT ") }
}
