import Foundation
import GRDB

/// Copies the files of a data directory while a daemon writes them.
///
/// The order makes it right. A row is acknowledged once it is in a file of the journal. Later its segment is flushed: for each
/// day, the bytes of blocks are synced, then one transaction of the catalogue names them and adds the segment to `flushed`;
/// after the last day the journal's file is removed; only after that may a catalogue forget the segment.
///
/// 1. The files of the journal are copied, then the partitions.
/// 2. Files of the journal that are gone from the source by now are removed from the copy, and the partitions are copied again.
///    This is repeated until no more are gone when the partitions are done.
///
/// *Nothing is lost.* What was acknowledged before is in a file of the journal that is copied, or that file was gone, and then
/// every catalogue had the rows before it was copied. A file that is removed from the copy was gone before the partitions were
/// copied for the last time, so they have its rows.
///
/// *Nothing is there twice.* A file of the journal that stays in the copy was there when the partitions had been copied for the
/// last time, so no catalogue had forgotten its segment: each has either none of its rows, or all of its rows of that day and
/// the segment in `flushed`, and then those rows of the journal are left out when the copy is opened.
///
/// *It ends*, because each repetition removes one of the journal's files that were copied at the beginning.
///
/// A catalogue is copied as it is at one moment, by SQLite. The bytes of a block that it names may be replaced before they are
/// read: their checksums then fail, and the catalogue is copied again, without that block. A block that fails while the
/// catalogue still names it afterwards is damaged in the source. Blocks are never changed, so one that was copied is not
/// copied again.
struct StoreBackup {
    /// A block, whatever file of its day it lies in: the CRC-32 of the directory covers those of all its chunks.
    private struct Identity: Hashable {
        var id: Int64
        var extent: Range<Int>
        var checksum: UInt32

        init(_ block: CataloguedBlock) {
            id = block.id
            extent = block.extent
            checksum = block.header.directoryChecksum
        }
    }

    private let source: DataDirectory
    private let target: DataDirectory
    private var copied: [PartitionDay: Set<Identity>] = [:]
    private var damaged: [PartitionDay: Set<Identity>] = [:]
    private var result = StoreBackupResult()

    /// A catalogue changes a few times a second at most, and each time only what is new is copied.
    private static let maximumAttempts = 100

    init(_ source: DataDirectory, to target: DataDirectory) {
        self.source = source
        self.target = target
    }

    mutating func run(_ report: (String) -> Void) throws(StoreError) -> StoreBackupResult {
        defer { target.close() }
        var journal = try copyJournal()
        var gone: [String] = []
        repeat {
            journal.removeAll(where: gone.contains)
            for name in gone { try remove("\(target.journalPath)/\(name)") }
            try copyPartitions(report)
            gone = journal.filter { !FileManager.default.fileExists(atPath: "\(source.journalPath)/\($0)") }
        } while !gone.isEmpty
        do throws(FileError) {
            for path in [target.journalPath, target.partitionsPath, target.path] { try DataFile.syncDirectory(path) }
        } catch {
            throw StoreError(error)
        }
        result.journalFiles = journal.count
        result.days = copied.count
        result.damagedBlocks = damaged.reduce(0) { $0 + $1.value.count }
        result.bytes = target.bytesOnDisk
        return result
    }

    // MARK: Journal

    /// - Returns: The names of the files that were copied.
    private func copyJournal() throws(StoreError) -> [String] {
        var names: [String] = []
        for name in try source.journalNames().sorted() where Segment.id(ofFile: name) != nil {
            do throws(FileError) {
                // The end may be half a record: a commit that is not acknowledged yet.
                let file = try DataFile(reading: "\(source.journalPath)/\(name)")
                let bytes = try file.read(at: 0, count: file.size)
                let copy = try DataFile(path: "\(target.journalPath)/\(name)")
                try copy.write(bytes, at: 0)
                try copy.sync()
                names.append(name)
            } catch {
                // Flushed and removed since the directory was listed.
                if error.code != FileError.missing { throw StoreError(error) }
            }
        }
        return names
    }

    // MARK: Partitions

    private mutating func copyPartitions(_ report: (String) -> Void) throws(StoreError) {
        let days = try source.days().sorted()
        for day in Set(copied.keys).subtracting(days) { try forget(day) }
        for day in days { try copy(day, report) }
        result.blocks = copied.reduce(0) { $0 + $1.value.count }
    }

    /// Takes a day out of the copy that retention has removed from the source.
    private mutating func forget(_ day: PartitionDay) throws(StoreError) {
        copied[day] = nil
        damaged[day] = nil
        for path in target.files(of: day) { try remove(path) }
    }

    private mutating func copy(_ day: PartitionDay, _ report: (String) -> Void) throws(StoreError) {
        var failed: Set<Identity> = []
        for _ in 0..<Self.maximumAttempts {
            guard let contents = try copyCatalogue(day) else { return try forget(day) }
            let named = Set(contents.blocks.map(Identity.init))
            // Blocks that were replaced are in no answer of the copy; what lies over them now may be new.
            copied[day] = copied[day, default: []].intersection(named)
            damaged[day] = damaged[day, default: []].intersection(named)
            failed = try copyBlocks(contents.blocks, of: day, knownDamaged: failed, report)
            if failed.isEmpty { return }
        }
        throw StoreError(
            .engine,
            "the blocks of \(source.blocksPath(of: day)) changed \(Self.maximumAttempts) times while they were "
                + "copied: try again when less comes")
    }

    private func copyCatalogue(_ day: PartitionDay) throws(StoreError) -> CatalogueContents? {
        let copy = target.path(of: day)
        for path in target.files(of: day) where path != target.blocksPath(of: day) { try remove(path) }
        do {
            return try CatalogueFile.copy(source.path(of: day), to: copy)
        } catch {
            throw StoreError(reading: source.path(of: day), error)
        }
    }

    /// - Parameter knownDamaged: Blocks that failed before and that the catalogue still names: nothing can have been written
    ///   over them.
    /// - Returns: Blocks whose bytes are not what the catalogue says.
    private mutating func copyBlocks(
        _ blocks: [CataloguedBlock], of day: PartitionDay, knownDamaged: Set<Identity>, _ report: (String) -> Void
    ) throws(StoreError) -> Set<Identity> {
        let missing = blocks.filter { copied[day, default: []].contains(Identity($0)) == false }
        let path = source.blocksPath(of: day)
        var failed: Set<Identity> = []
        do throws(FileError) {
            let copy = try DataFile(path: target.blocksPath(of: day))
            let file = try Self.open(path)
            for block in missing {
                let identity = Identity(block)
                // Without a file, the day was removed since its catalogue was copied; the next look at the catalogue tells.
                let bytes = try file?.read(at: block.start, count: block.header.byteCount) ?? []
                if let error = Self.damage(of: bytes, block.header) {
                    guard knownDamaged.contains(identity) else {
                        failed.insert(identity)
                        continue
                    }
                    damaged[day, default: []].insert(identity)
                    report("block \(block.id) of \(path) is damaged, and so in the copy: \(error)")
                }
                try copy.write(bytes, at: block.start)
                copied[day, default: []].insert(identity)
            }
            if !missing.isEmpty { try copy.sync() }
        } catch {
            throw StoreError(error)
        }
        return failed
    }

    /// - Returns: `nil` where there is no such file.
    private static func open(_ path: String) throws(FileError) -> DataFile? {
        do throws(FileError) {
            return try DataFile(reading: path)
        } catch {
            if error.code == FileError.missing { return nil }
            throw error
        }
    }

    /// What is wrong with the bytes of a block; `nil` where every checksum is right.
    private static func damage(of bytes: [UInt8], _ header: BlockHeader) -> DamagedColumn? {
        do throws(DamagedColumn) {
            guard bytes.count == header.byteCount else { throw DamagedColumn("the file ends within the block") }
            try BlockReader(header, .memory(bytes)).checkSums()
            return nil
        } catch {
            return error
        }
    }

    private func remove(_ path: String) throws(StoreError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw StoreError(writing: path, error)
        }
    }
}
