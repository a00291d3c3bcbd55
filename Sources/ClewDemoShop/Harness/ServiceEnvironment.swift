import Foundation
import GRDB
import Logging

/// What a service is given: who it is, its faults and switches, its callees, the broker, and a place for its file.
struct ServiceEnvironment: Sendable {
    var name: ServiceName
    /// From 1; instances of one service share its file.
    var instance = 1
    /// As `service.version` has it.
    var version = ServeOptions.standardVersion
    var faults: FaultBoard
    var switches = Switches()
    /// How many requests a gateway takes at once; `nil` for its own default.
    var capacity: Int?
    var callees: Callees
    var broker: any MessageBroker
    /// As `messaging.system` has it: `clew_shop` or `rabbitmq`.
    var messagingSystem = BrokerAddress.embeddedSystem
    var dataDirectory: URL
    var logger = Logger(label: "shop")

    /// Owner of leases and claims, and `service.instance.id`: `orders-1`.
    var instanceID: String { "\(name)-\(instance)" }

    /// A callee, balanced over its instances.
    ///
    /// - Throws: ``ShopError/Code/missingUpstream`` where it is none of ``ServiceName/upstreams``.
    func upstream(_ callee: ServiceName) throws(ShopError) -> Upstream {
        try callees.upstream(callee)
    }

    /// Opens the service's SQLite file, made and filled when it is new.
    ///
    /// - Parameters:
    ///   - schema: SQL that makes and fills the tables, run once for each file.
    ///   - migrations: Those of the patterns that keep their state in it.
    func openDatabase(schema: String, migrations: (inout DatabaseMigrator) -> Void = { _ in }) throws -> ShopDatabase {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("schema") { try $0.execute(sql: schema) }
        migrations(&migrator)
        return try openDatabase(of: name, migrator)
    }

    /// Opens the file of another service, as no service should: for the switch `shared-db`.
    func openDatabase(of other: ServiceName) throws -> ShopDatabase {
        try openDatabase(of: other, DatabaseMigrator())
    }

    private func openDatabase(of owner: ServiceName, _ migrator: DatabaseMigrator) throws -> ShopDatabase {
        try FileManager.default.createDirectory(at: dataDirectory, withIntermediateDirectories: true)
        return try ShopDatabase(file: dataDirectory.appendingPathComponent("\(owner).sqlite"), migrator: migrator)
    }
}
