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
    private static let fileExtension = ".sqlite"

    init(_ path: String) throws(StoreError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: "\(path)/\(Self.partitions)", withIntermediateDirectories: true)
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
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw StoreError(
                .inUse, "the data directory \(path) is in use by another process: stop it, or choose another directory",
                cause: error)
        } catch {
            throw StoreError(opening: path, error)
        }
    }

    private static func claim(_ database: Database) throws {
        try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        try database.inTransaction(.exclusive) {
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            guard version <= StoreFormat.version else { throw NewerFormat(version: version) }
            // Nothing is written to a directory that is in order, so that a full disk can still be read.
            if version == 0 {
                try database.execute(sql: "PRAGMA user_version = \(StoreFormat.version)")
                try database.execute(sql: "PRAGMA application_id = \(StoreFormat.applicationID)")
            }
            return .commit
        }
    }

    func path(of day: PartitionDay) -> String { "\(path)/\(Self.partitions)/\(day.name)\(Self.fileExtension)" }

    /// The days that have a file.
    func days() throws(StoreError) -> [PartitionDay] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(Self.partitions)").compactMap {
                $0.hasSuffix(Self.fileExtension) ? PartitionDay(name: $0.dropLast(Self.fileExtension.count)) : nil
            }
        } catch {
            throw StoreError(.engine, "cannot list \(path)/\(Self.partitions): \(error)", cause: error)
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
