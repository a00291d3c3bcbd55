import Foundation
import GRDB

/// The directory that one store owns while it is open.
///
/// `clew.sqlite` says which format the files have, and its exclusive SQLite lock keeps a second process out; the system
/// gives the lock up when the process ends, however it ends.
final class DataDirectory: Sendable {
    let path: String
    private let lock: DatabaseQueue

    private static let partitions = "partitions"
    private static let journal = "journal"
    private static let fileExtension = ".sqlite"
    private static let blocksExtension = ".blocks"

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
            lock = try DatabaseQueue(path: "\(path)/clew.sqlite")
            try lock.inDatabase(Self.claim)
            try DataFile.syncDirectory(path)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw StoreError(
                .inUse, "the data directory \(path) is in use by another process: stop it, or choose another directory",
                cause: error)
        } catch {
            throw StoreError(opening: "\(path)/clew.sqlite", error)
        }
    }

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
        try names(in: partitionsPath).compactMap {
            $0.hasSuffix(Self.fileExtension) ? PartitionDay(name: $0.dropLast(Self.fileExtension.count)) : nil
        }
    }

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
        try? lock.close()
    }
}
