import ClewModel
import Foundation
import GRDB

/// Checks the files of a data directory, one after the other.
struct StoreVerifier {
    private let directory: DataDirectory
    private var flushed: [PartitionDay: Set<UInt64>] = [:]
    private var lines: [String] = []
    private(set) var found = StoreVerification()

    init(_ directory: DataDirectory) {
        self.directory = directory
    }

    mutating func run(_ report: (String) -> Void) throws(StoreError) {
        for day in try directory.days().sorted() {
            try verify(day)
            hand(to: report)
        }
        try verifyOtherNames()
        for name in try directory.journalNames().sorted() {
            guard let segment = Segment.id(ofFile: name) else { continue }
            try verifyJournal("\(directory.journalPath)/\(name)", segment)
            hand(to: report)
        }
        hand(to: report)
        found.bytes = directory.bytesOnDisk
    }

    private mutating func hand(to report: (String) -> Void) {
        for line in lines { report(line) }
        lines = []
    }

    private mutating func damage(_ path: String, _ text: String) {
        found.damaged += 1
        lines.append("\(path): \(text)")
    }

    // MARK: Partitions

    private mutating func verify(_ day: PartitionDay) throws(StoreError) {
        let path = directory.path(of: day)
        found.files += 1
        guard let contents = try contents(of: day) else { return }
        flushed[day] = contents.flushed
        for id in contents.damaged { damage(path, "the entry of block \(id) is damaged: its rows are lost") }
        let blocksPath = directory.blocksPath(of: day)
        let file: DataFile
        do throws(FileError) {
            file = try DataFile(reading: blocksPath)
        } catch {
            guard error.code == FileError.missing else { throw StoreError(error) }
            for block in contents.blocks {
                lost(block.header, in: blocksPath, "block \(block.id)", "there is no such file")
            }
            return
        }
        found.files += 1
        for block in contents.blocks {
            verify(block.header, .file(file, block.start), isStored: true, in: blocksPath, "block \(block.id)")
        }
    }

    /// - Returns: `nil` where there is nothing, or nothing that can be read.
    private mutating func contents(of day: PartitionDay) throws(StoreError) -> CatalogueContents? {
        let path = directory.path(of: day)
        do {
            return try CatalogueFile.contents(path)
        } catch {
            let cause = error as? DatabaseError
            guard cause?.isDamage == true || cause?.resultCode == .SQLITE_ERROR else {
                throw StoreError(opening: path, error)
            }
            damage(path, "the catalogue cannot be read, so all rows of the day are lost: \(error)")
            return nil
        }
    }

    /// What belongs to no catalogue.
    private mutating func verifyOtherNames() throws(StoreError) {
        let names = Set(try directory.partitionNames())
        for name in names.sorted() {
            let path = "\(directory.partitionsPath)/\(name)"
            if name.contains(".damaged-") {
                damage(path, "was set aside as damaged: its rows are in no answer; remove it if you do not need it")
            } else if name.hasSuffix(".blocks"), !names.contains(name.replacing(".blocks", with: ".sqlite")) {
                damage(path, "its catalogue is missing, so all rows of the day are lost")
            }
        }
    }

    // MARK: Blocks

    private mutating func verify(
        _ header: BlockHeader, _ source: BlockSource, isStored: Bool, in path: String, _ name: String
    ) {
        do throws(DamagedColumn) {
            let reader = try BlockReader(header, source)
            try reader.check()
            if isStored { _ = try reader.fingerprints() }
        } catch {
            return lost(header, in: path, name, error.description)
        }
        found.blocks += 1
        switch header.signal {
        case .traces: found.spans += header.rowCount
        case .logs: found.logRecords += header.rowCount
        case .metrics: break
        }
    }

    private mutating func lost(_ header: BlockHeader, in path: String, _ name: String, _ reason: String) {
        let rows = "\(header.rowCount) \(header.signal == .logs ? "log records" : "spans")"
        let times = "\(Self.text(header.times.lowerBound)) to \(Self.text(header.times.upperBound))"
        damage(path, "\(name): \(rows) from \(times) are lost: \(reason)")
    }

    private static func text(_ time: UnixNanoseconds) -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return Date(timeIntervalSince1970: Double(time) / 1e9).formatted(style)
    }

    // MARK: Journal

    private mutating func verifyJournal(_ path: String, _ segment: UInt64) throws(StoreError) {
        found.files += 1
        let file: (records: [[UInt8]], damagedBytes: Int)
        do throws(FileError) {
            file = try JournalFile.records(path, segment: segment)
        } catch {
            throw StoreError(error)
        }
        if file.damagedBytes > 0 {
            damage(path, "\(file.damagedBytes) bytes between good records are damaged: their rows are lost")
        }
        for (number, record) in file.records.enumerated() {
            do throws(DamagedColumn) {
                for (index, block) in try [MemoryBlock](reading: record).enumerated() {
                    // A crash may have come between the flush of these rows and the removal of the file.
                    if flushed[block.day]?.contains(segment) ?? false { continue }
                    verify(
                        block.header, .memory(block.bytes), isStored: false, in: path,
                        "record \(number + 1), block \(index + 1)")
                }
            } catch {
                damage(path, "record \(number + 1), \(record.count) bytes, cannot be read, its rows are lost: \(error)")
            }
        }
    }
}
