import Foundation
import GRDB

/// The directory that one store owns while it is open.
///
/// `clew.sqlite` says which format the files have, and its exclusive SQLite lock keeps a second process out; the system
/// gives the lock up when the process ends, however it ends.
final class DataDirectory: Sendable {
    let path: String
    /// `nil` where another process may have the directory open.
    private let lock: DatabaseQueue?

    private static let partitions = "partitions"
    private static let journal = "journal"
    private static let fileExtension = ".sqlite"
    private static let blocksExtension = ".blocks"

    /// Takes a directory, and makes it when it does not exist.
    init(_ path: String) throws(StoreError) {
        self.path = path
        do {
            for name in [Self.partitions, Self.journal] {
                try FileManager.default.createDirectory(
                    atPath: "\(path)/\(name)", withIntermediateDirectories: true)
            }
        } catch {
            throw StoreError(
                .readOnly,
                "cannot create the data directory \(path): \((error as NSError).localizedDescription); "
                    + "choose another, or make its parent writable",
                cause: error
            )
        }
        do {
            let lock = try DatabaseQueue(path: Self.lockPath(path))
            try lock.inDatabase(Self.claim)
            try DataFile.syncDirectory(path)
            self.lock = lock
        } catch {
            throw Self.refusal(path, error)
        }
    }

    /// Takes a directory that is there, to look at it: nothing is made and nothing is changed.
    init(existing path: String) throws(StoreError) {
        self.path = path
        try Self.requireData(path)
        do {
            let lock = try DatabaseQueue(path: Self.lockPath(path))
            try lock.inDatabase { database in
                try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
                try database.inTransaction(.exclusive) {
                    _ = try OtherFormat.check(database)
                    return .rollback
                }
            }
            self.lock = lock
        } catch {
            throw Self.refusal(path, error)
        }
    }

    /// Looks at a directory that another process may have open, without taking it.
    init(shared path: String) throws(StoreError) {
        self.path = path
        lock = nil
        try Self.requireData(path)
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let database = try DatabaseQueue(path: Self.lockPath(path), configuration: configuration)
            _ = try database.read(OtherFormat.check)
            try database.close()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // In use; what else is read has a version of its own.
        } catch {
            throw StoreError(opening: Self.lockPath(path), error)
        }
    }

    private static func requireData(_ path: String) throws(StoreError) {
        guard FileManager.default.fileExists(atPath: lockPath(path)) else {
            throw StoreError(.noData, "\(path) is not a data directory: it has no file clew.sqlite")
        }
    }

    private static func refusal(_ path: String, _ error: any Error) -> StoreError {
        guard (error as? DatabaseError)?.resultCode == .SQLITE_BUSY else {
            return StoreError(opening: lockPath(path), error)
        }
        return StoreError(
            .inUse, "the data directory \(path) is in use by another process: stop it, or choose another directory",
            cause: error)
    }

    private static func lockPath(_ path: String) -> String { "\(path)/clew.sqlite" }

    private static func claim(_ database: Database) throws {
        try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        try database.inTransaction(.exclusive) {
            // Nothing is written to a directory that is in order, so that a full disk can still be read.
            if try OtherFormat.check(database) {
                try database.execute(sql: "PRAGMA user_version = \(StoreFormat.version)")
                try database.execute(sql: "PRAGMA application_id = \(StoreFormat.applicationID)")
            }
            return .commit
        }
    }

    var partitionsPath: String { "\(path)/\(Self.partitions)" }
    var journalPath: String { "\(path)/\(Self.journal)" }

    /// The catalogue of a day.
    func path(of day: PartitionDay) -> String { "\(partitionsPath)/\(day.name)\(Self.fileExtension)" }

    /// The blocks of a day.
    func blocksPath(of day: PartitionDay) -> String { "\(partitionsPath)/\(day.name)\(Self.blocksExtension)" }

    /// Every file that a day may have.
    func files(of day: PartitionDay) -> [String] {
        ["", "-journal"].map { path(of: day) + $0 } + [blocksPath(of: day)]
    }

    /// The names of the journal's files.
    func journalNames() throws(StoreError) -> [String] { try names(in: journalPath) }

    /// The days that have a file.
    func days() throws(StoreError) -> [PartitionDay] {
        try partitionNames().compactMap {
            $0.hasSuffix(Self.fileExtension) ? PartitionDay(name: $0.dropLast(Self.fileExtension.count)) : nil
        }
    }

    /// The names of all files in the directory of partitions.
    func partitionNames() throws(StoreError) -> [String] { try names(in: partitionsPath) }

    private func names(in directory: String) throws(StoreError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw StoreError(.engine, "cannot list \(directory): \(error)", cause: error)
        }
    }

    /// Bytes of all files, journals included.
    var bytesOnDisk: Int {
        let enumerator = FileManager.default.enumerator(atPath: path)
        var sum = 0
        while enumerator?.nextObject() != nil {
            sum += (enumerator?.fileAttributes?[.size] as? NSNumber)?.intValue ?? 0
        }
        return sum
    }

    /// Gives the directory up for another process.
    func close() {
        try? lock?.close()
    }
}
