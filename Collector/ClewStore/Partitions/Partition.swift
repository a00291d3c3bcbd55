import ClewModel
import Foundation
import GRDB
import Synchronization

/// The file of one day: its blocks, and one connection that writes while others read.
final class Partition: Sendable {
    let day: PartitionDay
    let path: String
    private let pool: DatabasePool
    /// The catalogue, in the order of the ids.
    private let headers: Mutex<[BlockHeader]>
    private let statistics: StatisticsRecord
    /// Blocks whose catalogue entry is damaged.
    private let damagedBlocks: [Int64]

    /// Opens the file, and makes it when it does not exist.
    init(day: PartitionDay, path: String, statistics: StatisticsRecord) throws(StoreError) {
        self.day = day
        self.path = path
        self.statistics = statistics
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            let (found, damaged) = try pool.writeWithoutTransaction(Self.prepare)
            headers = Mutex(found)
            statistics.set(PartitionStatistics(found))
            damagedBlocks = damaged
        } catch {
            throw StoreError(opening: path, error)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.maximumReaderCount = 3
        configuration.label = "clew.partition"
        // Another connection to the same file may still be closing, which locks it for a moment.
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            // 1 MiB of pages a connection: blobs are read once, so a larger cache would hold them twice.
            try database.execute(sql: "PRAGMA cache_size = -1024")
        }
        return configuration
    }

    private static func prepare(_ database: Database) throws -> (headers: [BlockHeader], damaged: [Int64]) {
        // GRDB sets NORMAL with WAL, which syncs at checkpoints only: an acknowledged commit could be lost.
        try database.execute(sql: "PRAGMA synchronous = FULL")
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= StoreFormat.version else { throw NewerFormat(version: version) }
        if version == 0 {
            try database.inTransaction {
                try database.execute(sql: StoreFormat.partitionSchema)
                return .commit
            }
        }
        // Fails where the schema is damaged, before anything relies on it.
        for insertion in [BlockHeader.insertion, StoredColumn.insertion] {
            _ = try database.makeStatement(sql: insertion)
        }
        return try BlockHeader.fetchAll(database)
    }

    /// Whether the file still has its name. SQLite goes on with a file that was removed, and what is written to it is lost.
    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    // MARK: Catalogue

    /// The blocks of a signal whose rows may lie in a span of time.
    func blocks(_ signal: Signal, _ time: Range<UnixNanoseconds>) -> [BlockHeader] {
        headers.withLock { headers in
            headers.filter {
                $0.signal == signal && $0.times.lowerBound < time.upperBound && $0.times.upperBound >= time.lowerBound
            }
        }
    }

    // MARK: Writing

    /// Stores blocks in one transaction and returns when they are on disk.
    ///
    /// - Returns: The ids that the blocks were given, in the same order.
    func insert(_ blocks: [EncodedBlock]) throws(StoreError) -> [Int64] {
        let stored: [BlockHeader]
        do {
            stored = try pool.write { database in
                try blocks.map { block in try block.insert(database) }
            }
        } catch {
            throw StoreError(writing: path, error)
        }
        headers.withLock { $0.append(contentsOf: stored) }
        statistics.add(stored)
        return stored.map(\.id)
    }

    /// Takes blocks back that belong to a commit which failed in another partition.
    func remove(_ ids: [Int64]) throws(StoreError) {
        do {
            try pool.write { database in
                for id in ids { try BlockHeader.delete(database, id) }
            }
        } catch {
            throw StoreError(writing: path, error)
        }
        let left = headers.withLock { headers in
            headers.removeAll { ids.contains($0.id) }
            return headers
        }
        statistics.set(PartitionStatistics(left))
    }

    // MARK: Reading

    /// Calls `body` with a connection that reads one state of the file.
    func read<Value: Sendable>(_ body: (Database) throws -> Value) throws -> Value {
        try pool.read(body)
    }

    func reportDamage(to register: DamageRegister) {
        for id in damagedBlocks {
            register.add(BlockAddress(day: day, id: id), in: path, "its catalogue entry has a wrong checksum")
        }
    }
}
