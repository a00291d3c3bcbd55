import Foundation
import GRDB

/// The catalogue of a day, read without the partition: another process may have it open.
enum CatalogueFile {
    /// Reads a catalogue that no other process has open; what a crash left half written is rolled back first.
    ///
    /// - Returns: `nil` for a catalogue in which nothing was written yet.
    static func contents(_ path: String) throws -> CatalogueContents? {
        let queue = try DatabaseQueue(path: path)
        let contents = try queue.read { database in
            let isNew = try OtherFormat.check(database)
            return isNew ? nil : try CatalogueContents(reading: database)
        }
        try queue.close()
        return contents
    }

    /// Copies a catalogue as it is at one moment.
    ///
    /// - Returns: What the copy says; `nil` when the day is gone.
    static func copy(_ path: String, to copy: String) throws -> CatalogueContents? {
        let source: DatabaseQueue
        do {
            source = try open(path)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            if FileManager.default.fileExists(atPath: path) { throw error }
            return nil
        }
        let target = try DatabaseQueue(path: copy)
        try source.backup(to: target)
        try source.close()
        let contents = try target.read { database in
            let isNew = try OtherFormat.check(database)
            return isNew ? nil : try CatalogueContents(reading: database)
        }
        try target.close()
        return contents ?? CatalogueContents()
    }

    /// A connection that only reads. Its lock holds a writer up for no longer than the catalogue takes to read.
    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        // A connection that is just being opened or closed locks the file for a moment.
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}
