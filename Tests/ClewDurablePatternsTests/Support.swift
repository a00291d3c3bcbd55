import FoundationEssentials
import GRDB
import Synchronization

/// A SQLite file of its own, which several pools may open at once, as several processes do.
final class DatabaseFile: Sendable {
    private let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.path() + "/clew-durable-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// - Parameter migrations: Registers the tables.
    func open(_ migrations: (inout DatabaseMigrator) -> Void) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let pool = try DatabasePool(path: directory + "/test.sqlite", configuration: configuration)
        var migrator = DatabaseMigrator()
        migrations(&migrator)
        try migrator.migrate(pool)
        return pool
    }
}

/// What happened, in order, however many tasks tell of it.
final class Notes<Value: Sendable>: Sendable {
    private let kept = Mutex<[Value]>([])

    var values: [Value] { kept.withLock { $0 } }

    func add(_ value: Value) { kept.withLock { $0.append(value) } }
}
