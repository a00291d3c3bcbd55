import ClewModel

/// A call to a database or a cache.
struct SyntheticQuery: Sendable {
    var name: String
    /// Microseconds.
    var median: Double
    /// Whether it asks a cache, which stays fast when the database behind it does not.
    var isCache: Bool
    var attributes: Attributes

    /// - Parameter median: Microseconds.
    init(
        _ operation: String, _ collection: String, in namespace: String, system: String = "postgresql",
        isCache: Bool = false, _ median: Double
    ) {
        name = "\(operation) \(collection)"
        self.median = median
        self.isCache = isCache
        attributes = [
            Attribute(SemanticConventions.dbSystemName, .string(system)),
            Attribute(SemanticConventions.dbNamespace, .string(namespace)),
            Attribute(SemanticConventions.dbOperationName, .string(operation)),
            Attribute(SemanticConventions.dbCollectionName, .string(collection)),
            Attribute(SemanticConventions.serverAddress, .string("db-\(namespace)")),
        ]
    }

    /// A look-up of a cache in front of a database.
    static func lookup(_ collection: String, in namespace: String) -> SyntheticQuery {
        SyntheticQuery("GET", collection, in: "\(namespace)-cache", system: "redis", isCache: true, 260)
    }
}
