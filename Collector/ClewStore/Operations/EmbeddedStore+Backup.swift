import Foundation

extension EmbeddedStore {
    /// Copies a data directory, whether a process has it open or not. The copy opens as a data directory.
    ///
    /// Everything acknowledged before the call is in the copy, once; of what comes during the call, some. What retention
    /// removes meanwhile may be missing. Files that were set aside as damaged are not copied.
    ///
    /// - Parameters:
    ///   - directory: The data directory.
    ///   - target: A path where nothing is, or an empty directory. It appears when the copy is complete and on the disk; until
    ///     then there is `target.partial`, which is removed when the copy fails.
    ///   - report: Called for each block that is damaged in the data directory, with a line that names it.
    /// - Throws: ``StoreError`` with code `noData` for what is no data directory, `exists` when something is at the target
    ///   or at `target.partial`, `diskFull`, `readOnly`, `newerFormat`, `olderFormat` or `engine`.
    public static func backup(
        directory: String, to target: String, report: (String) -> Void
    ) throws(StoreError) -> StoreBackupResult {
        let target = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
        let source = try DataDirectory(shared: directory)
        let partial = target + ".partial"
        try requireRoom(target, partial, directory)
        do throws(StoreError) {
            var backup = StoreBackup(source, to: try DataDirectory(partial))
            let result = try backup.run(report)
            do throws(FileError) {
                try DataFile.renameDirectory(partial, to: target)
                try DataFile.syncDirectory(URL(filePath: target).deletingLastPathComponent().path)
            } catch {
                throw StoreError(error)
            }
            return result
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    private static func requireRoom(_ target: String, _ partial: String, _ source: String) throws(StoreError) {
        let isInside = URL(filePath: target).standardizedFileURL.path
            .hasPrefix(URL(filePath: source).standardizedFileURL.path + "/")
        if isInside { throw StoreError(.exists, "\(target) lies inside the data directory \(source): choose another") }
        if FileManager.default.fileExists(atPath: partial) {
            throw StoreError(
                .exists, "\(partial) is there already: another backup is running, or one was broken off; then remove it"
            )
        }
        guard FileManager.default.fileExists(atPath: target) else { return }
        guard (try? FileManager.default.contentsOfDirectory(atPath: target))?.isEmpty == true else {
            throw StoreError(.exists, "\(target) is there already and not empty: choose another directory")
        }
    }
}

/// What was copied.
public struct StoreBackupResult: Hashable, Sendable {
    public var days = 0
    public var blocks = 0
    public var journalFiles = 0
    /// Bytes of everything in the copy.
    public var bytes = 0
    /// Blocks that are damaged in the data directory, and so in the copy.
    public var damagedBlocks = 0
}
