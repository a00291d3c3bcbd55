import ClewModel
import ClewWire
import Foundation
import GRDB

/// The database has another format than this code reads.
struct OtherFormat: Error {
    var version: Int
}

extension OtherFormat {
    /// - Returns: Whether the database is new.
    static func check(_ database: Database) throws -> Bool {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version == 0 || version == StoreFormat.version else { throw OtherFormat(version: version) }
        return version == 0
    }
}

/// What a catalogue says at one moment.
struct CatalogueContents: Sendable {
    var blocks: [CataloguedBlock]
    /// The ids of blocks whose entry is damaged.
    var damaged: [Int64]
    /// Segments whose rows are among the blocks.
    var flushed: Set<UInt64>

    /// Those of a catalogue in which nothing was written yet.
    init() {
        (blocks, damaged, flushed) = ([], [], [])
    }

    init(reading database: Database) throws {
        let flushed = try Int64.fetchAll(database, sql: "SELECT segment FROM flushed")
        (blocks, damaged) = try CataloguedBlock.fetchAll(database)
        self.flushed = Set(flushed.map { UInt64(bitPattern: $0) })
    }
}

/// A block of a partition, as its catalogue knows it.
struct CataloguedBlock: Sendable {
    /// Ascending in the order of writing, never given twice.
    var id: Int64
    /// Where its bytes begin in the partition's file.
    var start: Int
    var header: BlockHeader
    /// The segment whose rows these are; `nil` of a merged block.
    var segment: UInt64?

    var extent: Range<Int> { start..<(start + header.byteCount) }
}

extension CataloguedBlock {
    /// The blocks in the order of their ids, and the ids of those whose entry is damaged.
    static func fetchAll(_ database: Database) throws -> (blocks: [CataloguedBlock], damaged: [Int64]) {
        let rows = try Row.fetchCursor(database, sql: "SELECT id, start, header, crc, segment FROM block ORDER BY id")
        var blocks: [CataloguedBlock] = []
        var damaged: [Int64] = []
        while let row = try rows.next() {
            do {
                blocks.append(try CataloguedBlock(row))
            } catch {
                damaged.append((try? row.stored("id")) ?? 0)
            }
        }
        return (blocks, damaged)
    }

    private init(_ row: Row) throws(DamagedColumn) {
        let bytes = [UInt8](try row.stored("header") as Data)
        id = try row.stored("id")
        start = try row.stored("start")
        guard Int64(Self.checksum(start, bytes)) == (try row.stored("crc")), (0...(1 << 56)).contains(start) else {
            throw DamagedColumn("block \(id): wrong checksum in the catalogue")
        }
        var cursor = ByteCursor(bytes)
        header = try BlockHeader(reading: &cursor)
        // Only a reader that holds the segment asks, so a damaged one does no harm.
        segment = (try? row.stored("segment") as Int64).map { UInt64(bitPattern: $0) }
    }

    /// Names every column of the table but the id.
    static let insertion = "INSERT INTO block (start, header, crc, segment) VALUES (?, ?, ?, ?)"

    /// - Returns: The block with the id that it was given.
    static func insert(
        _ database: Database, _ header: BlockHeader, start: Int, segment: UInt64?
    ) throws -> CataloguedBlock {
        var bytes: [UInt8] = []
        header.serialize(into: &bytes)
        let statement = try database.cachedStatement(sql: insertion)
        try statement.execute(arguments: [
            start, Data(bytes), Int64(checksum(start, bytes)), segment.map { Int64(bitPattern: $0) },
        ])
        return CataloguedBlock(id: database.lastInsertedRowID, start: start, header: header, segment: segment)
    }

    /// CRC-32 of `start` as 8 little-endian bytes, then of the header.
    private static func checksum(_ start: Int, _ header: [UInt8]) -> UInt32 {
        var prefix: [UInt8] = []
        prefix.appendFixed(Int64(start))
        return CRC32.checksum(of: header, after: CRC32.checksum(of: prefix))
    }

    static func delete(_ database: Database, _ id: Int64) throws {
        try database.cachedStatement(sql: "DELETE FROM block WHERE id = ?").execute(arguments: [id])
    }
}

extension Row {
    /// The value of a column. GRDB's own subscripts end the process where a damaged file holds another type, or another
    /// name in its schema.
    fileprivate func stored<Value: DatabaseValueConvertible>(_ column: String) throws(DamagedColumn) -> Value {
        let stored: (any DatabaseValueConvertible)? = self[column]
        guard let stored, let value = Value.fromDatabaseValue(stored.databaseValue) else {
            throw DamagedColumn("'\(column)' holds no \(Value.self)")
        }
        return value
    }
}
