import ClewModel

/// What a database call does to the data, as far as its span says.
enum DatabaseAccess: Hashable, Sendable {
    case write
    case read
    /// Neither: the frame of a transaction, a setting, a change of the schema.
    case other
    /// The span names no operation, or one that is not known.
    case unknown

    /// By the operation's name, else by the first word of the query, else by that of the span's name.
    init(_ span: AuditSpan) {
        let text =
            span.string(SemanticConventions.dbOperationName) ?? span.string("db.operation")
            ?? span.string(SemanticConventions.dbQueryText) ?? span.string("db.statement")
            ?? span.string(SemanticConventions.dbQuerySummary) ?? span.summary.name
        self.init(query: text, isKeyValue: Self.keyValueStores.contains(span.summary.target?.system ?? ""))
    }

    /// - Parameter isKeyValue: Whether `SET` changes data: in SQL it changes a setting.
    init(query: String, isKeyValue: Bool) {
        let word = Self.words(query.prefix(Self.longestWord + 1)).first ?? ""
        if word == "SET" {
            self = isKeyValue ? .write : .other
        } else if word == "WITH" {
            // What follows the common table expressions decides, and is not worth a parser.
            let words = Self.words(query.prefix(Self.longestQuery))
            self = words.contains { Self.changes.contains($0) } ? .write : .read
        } else if Self.writes.contains(word) {
            self = .write
        } else if Self.reads.contains(word) {
            self = .read
        } else {
            self = Self.others.contains(word) ? .other : .unknown
        }
    }

    private static func words(_ text: some StringProtocol) -> [String] {
        text.split { !$0.isLetter }.map { $0.uppercased() }
    }

    /// No operation below has a longer name.
    private static let longestWord = 24
    /// Characters of a query that are read; the conventions advise nothing, and this holds most.
    static let longestQuery = 4096

    private static let keyValueStores: Set<String> = ["redis", "valkey", "memcached", "keydb", "dragonfly"]

    /// SQL, as of SQLite, PostgreSQL, MySQL and SQL Server.
    private static let changes: Set<String> = ["INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "UPSERT"]

    /// Beside SQL the commands of MongoDB, Redis, DynamoDB and Elasticsearch.
    private static let writes = changes.union([
        "TRUNCATE",
        "INSERTONE", "INSERTMANY", "UPDATEONE", "UPDATEMANY", "REPLACEONE", "DELETEONE", "DELETEMANY", "BULKWRITE",
        "FINDANDMODIFY", "FINDONEANDUPDATE", "FINDONEANDREPLACE", "FINDONEANDDELETE", "SAVE", "REMOVE",
        "SETEX", "SETNX", "MSET", "GETSET", "GETDEL", "HSET", "HMSET", "HDEL", "HINCRBY", "INCR", "INCRBY", "DECR",
        "DECRBY", "DEL", "UNLINK", "APPEND", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "SREM", "ZADD", "ZREM", "XADD",
        "PUTITEM", "UPDATEITEM", "DELETEITEM", "BATCHWRITEITEM", "TRANSACTWRITEITEMS", "INDEX", "BULK", "PUT",
    ])

    private static let reads: Set<String> = [
        "SELECT", "VALUES", "SHOW", "EXPLAIN", "DESCRIBE", "TABLE",
        "FIND", "FINDONE", "COUNT", "COUNTDOCUMENTS", "DISTINCT", "AGGREGATE", "GETMORE",
        "GET", "MGET", "HGET", "HMGET", "HGETALL", "EXISTS", "TTL", "KEYS", "SCAN", "HSCAN", "LRANGE", "LLEN",
        "SMEMBERS", "SISMEMBER", "ZRANGE", "ZSCORE",
        "GETITEM", "BATCHGETITEM", "TRANSACTGETITEMS", "QUERY", "SEARCH", "MSEARCH",
    ]

    private static let others: Set<String> = [
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "LOCK", "UNLOCK",
        "PRAGMA", "USE", "RESET", "DISCARD", "LISTEN", "UNLISTEN", "PREPARE", "DEALLOCATE", "CONNECT",
        "CREATE", "ALTER", "DROP", "VACUUM", "ANALYZE", "REINDEX", "ATTACH", "DETACH",
        "PING", "HELLO", "AUTH", "CLIENT", "ISMASTER", "WATCH", "MULTI", "EXPIRE",
    ]
}

extension AuditTrace {
    /// Whether a span changed data: a write that did not fail.
    func isWrite(_ index: Int) -> Bool {
        isDatabaseCall(index) && !isError(index) && DatabaseAccess(spans[index]) == .write
    }
}
