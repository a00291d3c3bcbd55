import ClewModel
import Foundation
import Synchronization

/// Rows that were committed and are not in a partition yet: in memory for who reads, in a file of the journal for who starts
/// after a crash.
final class Segment: Sendable {
    private struct State {
        var blocks: [MemoryBlock] = []
        var rowCount = 0
        var byteCount = 0

        mutating func add(_ more: [MemoryBlock]) {
            blocks += more
            for block in more {
                rowCount += block.header.rowCount
                byteCount += block.bytes.count
            }
        }
    }

    /// Random, so that it is never given twice; a partition remembers which segments it holds.
    let id: UInt64
    let path: String
    let created = ContinuousClock.now
    /// `nil` where the rows were recovered: nothing is appended then.
    private let file: JournalFile?
    private let state: Mutex<State>

    private static let fileExtension = ".journal"

    /// Makes a segment with an empty file.
    init(in directory: String) throws(FileError) {
        id = UInt64.random(in: 1...UInt64(Int64.max))
        path = "\(directory)/\(Self.name(id))"
        file = try JournalFile(creating: path, in: directory, segment: id)
        state = Mutex(State())
    }

    /// Reads what a process left that did not end by itself; nothing more can be appended.
    init?(recovering name: String, in directory: String, report: (String) -> Void) throws(FileError) {
        guard let id = Self.id(ofFile: name) else { return nil }
        self.id = id
        path = "\(directory)/\(name)"
        file = nil
        var recovered = State()
        let (records, damagedBytes) = try JournalFile.records(path, segment: id)
        if damagedBytes > 0 { report("\(path): \(damagedBytes) bytes are damaged and were left out") }
        for record in records {
            do throws(DamagedColumn) {
                recovered.add(try [MemoryBlock](reading: record))
            } catch {
                report("\(path): a record is damaged and was left out: \(error)")
            }
        }
        state = Mutex(recovered)
    }

    /// `nil` for what is no file of the journal.
    static func id(ofFile name: String) -> UInt64? {
        name.hasSuffix(fileExtension) ? UInt64(name.dropLast(fileExtension.count), radix: 16) : nil
    }

    private static func name(_ id: UInt64) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + fileExtension
    }

    /// Whether this process wrote it.
    var isOwn: Bool { file != nil }

    /// Whether the file still has its name.
    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    var blocks: [MemoryBlock] { state.withLock { $0.blocks } }
    var rowCount: Int { state.withLock { $0.rowCount } }
    var byteCount: Int { state.withLock { $0.byteCount } }
    var blockCount: Int { state.withLock { $0.blocks.count } }

    /// Returns when the blocks are on disk, and shows them to readers. One call at a time.
    func append(_ blocks: [MemoryBlock]) throws(FileError) {
        try file?.append(blocks.record)
        state.withLock { $0.add(blocks) }
    }

    /// Forgets the rows of some days: a crash came after they were flushed.
    func drop(_ days: Set<PartitionDay>) {
        state.withLock { state in
            let kept = state.blocks.filter { !days.contains($0.day) }
            state = State()
            state.add(kept)
        }
    }

    /// Removes the file, the rows being elsewhere, and returns when that is durable.
    ///
    /// - Returns: Whether it could be done; otherwise the file stays, which costs its space and nothing else.
    func remove(from directory: String) -> Bool {
        do {
            try FileManager.default.removeItem(atPath: path)
            try DataFile.syncDirectory(directory)
            return true
        } catch {
            return false
        }
    }
}
