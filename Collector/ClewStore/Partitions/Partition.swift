import ClewModel
import Foundation
import GRDB
import Synchronization

/// One day: a file with the bytes of its blocks, and a catalogue that says which there are.
///
/// The bytes are on disk before the catalogue names them, so a block is there as a whole or not at all; SQLite makes the
/// catalogue's changes atomic. Blocks are never changed, only replaced.
final class Partition: Sendable {
    let day: PartitionDay
    let path: String
    private let catalogue: DatabaseQueue
    private let file: DataFile
    private let state: Mutex<State>
    private let statistics: StatisticsRecord
    private let flushedSegments: Mutex<Set<UInt64>>
    /// Blocks whose catalogue entry is damaged.
    private let damagedBlocks: [Int64]

    private struct State {
        var blocks: [CataloguedBlock]
        var free: FreeSpace
        /// Counts the changes of ``blocks``.
        var epoch = 0
        /// How many snapshots were taken in each epoch and are still read.
        var snapshots: [Int: Int] = [:]
        /// What was replaced, and the last epoch that shows it.
        var retired: [(epoch: Int, extent: Range<Int>)] = []
    }

    /// What one write did, before readers see it.
    struct Change: Sendable {
        var added: [CataloguedBlock]
        var removed: [CataloguedBlock]
    }

    /// Opens the files, and makes them when they do not exist.
    init(day: PartitionDay, directory: DataDirectory, statistics: StatisticsRecord) throws(StoreError) {
        self.day = day
        self.statistics = statistics
        path = directory.path(of: day)
        do {
            catalogue = try DatabaseQueue(path: path, configuration: Self.configuration)
            let prepared = try catalogue.writeWithoutTransaction(Self.prepare)
            let contents = prepared.contents
            file = try DataFile(path: directory.blocksPath(of: day))
            if prepared.isNew { try DataFile.syncDirectory(directory.partitionsPath) }
            damagedBlocks = contents.damaged
            flushedSegments = Mutex(contents.flushed)
            state = Mutex(State(blocks: contents.blocks, free: FreeSpace(used: contents.blocks.map(\.extent))))
            statistics.set(PartitionStatistics(contents.blocks.map(\.header)))
        } catch {
            throw StoreError(opening: path, error)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "clew.partition"
        // Another connection to the same file may still be closing, which locks it for a moment.
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            // The catalogue is read once: a larger cache would hold it twice.
            try database.execute(sql: "PRAGMA cache_size = -256")
        }
        return configuration
    }

    private struct Prepared {
        var contents: CatalogueContents
        var isNew: Bool
    }

    private static func prepare(_ database: Database) throws -> Prepared {
        // Not WAL: it needs a further file merely to read, which a full disk has no room for. EXTRA, because a rollback
        // journal whose removal was not synced would undo a commit after the store's own journal is gone.
        try database.execute(sql: "PRAGMA synchronous = EXTRA")
        let isNew = try OtherFormat.check(database)
        if isNew {
            try database.inTransaction {
                try database.execute(sql: StoreFormat.partitionSchema)
                return .commit
            }
        }
        // Fails where the schema is damaged, before anything relies on it.
        _ = try database.makeStatement(sql: CataloguedBlock.insertion)
        return Prepared(contents: try CatalogueContents(reading: database), isNew: isNew)
    }

    /// Whether the files still have their names. SQLite goes on with a file that was removed, and what is written to it is
    /// lost.
    var exists: Bool {
        FileManager.default.fileExists(atPath: path) && FileManager.default.fileExists(atPath: file.path)
    }

    /// Where the bytes of the blocks lie.
    var blocksPath: String { file.path }

    func reportDamage(to register: DamageRegister) {
        for id in damagedBlocks {
            register.add(BlockAddress(day: day, id: id), in: path, "its catalogue entry is damaged")
        }
    }

    /// Whether the rows of a segment are here already.
    func holds(segment: UInt64) -> Bool { flushedSegments.withLock { $0.contains(segment) } }

    /// Bytes of the file that no block takes.
    var freeBytes: Int { state.withLock { $0.free.freeBytes + $0.retired.reduce(0) { $0 + $1.extent.count } } }

    // MARK: Reading

    /// The blocks as they are now; what they name stays readable for as long as the snapshot is held.
    func snapshot() -> PartitionSnapshot {
        let (blocks, epoch) = state.withLock { state in
            state.snapshots[state.epoch, default: 0] += 1
            return (state.blocks, state.epoch)
        }
        return PartitionSnapshot(self, file, blocks, epoch)
    }

    fileprivate func end(epoch: Int) {
        state.withLock { state in
            if let count = state.snapshots[epoch] { state.snapshots[epoch] = count == 1 ? nil : count - 1 }
            reclaim(&state)
        }
    }

    /// Frees what no reader can see any more, and gives the disk back what lies at the end of the file.
    private func reclaim(_ state: inout State) {
        let oldest = state.snapshots.keys.min() ?? .max
        let end = state.free.end
        for retired in state.retired where retired.epoch < oldest { state.free.release(retired.extent) }
        state.retired.removeAll { $0.epoch < oldest }
        // Where it fails the space is used again all the same.
        if state.free.end < end { try? file.truncate(to: state.free.end) }
    }

    // MARK: Writing

    /// Writes blocks, and takes others away, in one step. One call at a time.
    ///
    /// - Parameters:
    ///   - segment: Whose rows the new blocks are.
    ///   - named: Segments that somebody may ask for again; of the others nothing need be remembered.
    /// - Returns: What ``publish(_:)`` then shows to readers. It is on disk already.
    func write(
        _ blocks: [EncodedBlock], segment: UInt64? = nil, replacing replaced: [CataloguedBlock] = [],
        remembering named: Set<UInt64>
    ) throws(StoreError) -> Change {
        let obsolete = flushedSegments.withLock { $0.subtracting(named) }
        let extents = state.withLock { state in blocks.map { state.free.allocate($0.bytes.count) } }
        do {
            for (block, extent) in zip(blocks, extents) { try file.write(block.bytes, at: extent.lowerBound) }
            if !blocks.isEmpty { try file.sync() }
            let added = try catalogue.write { database in
                for block in replaced { try CataloguedBlock.delete(database, block.id) }
                for segment in obsolete {
                    try database.execute(
                        sql: "DELETE FROM flushed WHERE segment = ?", arguments: [Int64(bitPattern: segment)])
                }
                if let segment {
                    try database.execute(
                        sql: "INSERT INTO flushed (segment) VALUES (?)", arguments: [Int64(bitPattern: segment)])
                }
                return try zip(blocks, extents).map { block, extent in
                    try CataloguedBlock.insert(
                        database, block.header, start: extent.lowerBound, segment: segment)
                }
            }
            flushedSegments.withLock { segments in
                segments.subtract(obsolete)
                if let segment { segments.insert(segment) }
            }
            return Change(added: added, removed: replaced)
        } catch {
            state.withLock { state in
                for extent in extents { state.free.release(extent) }
                try? file.truncate(to: state.free.end)
            }
            throw StoreError(writing: path, error)
        }
    }

    /// Shows a change to readers.
    func publish(_ change: Change) {
        let removed = Set(change.removed.map(\.id))
        let blocks = state.withLock { state in
            state.blocks.removeAll { removed.contains($0.id) }
            state.blocks += change.added
            state.retired += change.removed.map { (state.epoch, $0.extent) }
            state.epoch += 1
            reclaim(&state)
            return state.blocks
        }
        statistics.set(PartitionStatistics(blocks.map(\.header)))
    }
}

/// The blocks of a partition at one moment.
final class PartitionSnapshot: Sendable {
    let partition: Partition
    let blocks: [CataloguedBlock]
    private let file: DataFile
    private let epoch: Int

    fileprivate init(_ partition: Partition, _ file: DataFile, _ blocks: [CataloguedBlock], _ epoch: Int) {
        self.partition = partition
        self.file = file
        self.blocks = blocks
        self.epoch = epoch
    }

    deinit {
        partition.end(epoch: epoch)
    }

    func source(of block: CataloguedBlock) -> BlockSource { .file(file, block.start) }
}
