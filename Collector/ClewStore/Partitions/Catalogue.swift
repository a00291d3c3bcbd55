import ClewModel
import Foundation
import GRDB

/// The database was written by a later version of this code.
struct NewerFormat: Error {
    var version: Int
}

extension BlockHeader {
    /// The headers in the order of their ids, and the ids of those that are damaged.
    static func fetchAll(_ database: Database) throws -> (headers: [BlockHeader], damaged: [Int64]) {
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM block ORDER BY id")
        var headers: [BlockHeader] = []
        var damaged: [Int64] = []
        while let row = try rows.next() {
            do {
                // A signal of a later version is left alone.
                guard let signal = Signal(rawValue: try row.stored("signal")) else { continue }
                headers.append(try BlockHeader(row, signal))
            } catch {
                damaged.append((try? row.stored("id")) ?? 0)
            }
        }
        return (headers, damaged)
    }

    private init(_ row: Row, _ signal: Signal) throws(DamagedColumn) {
        let (minimum, maximum) = (try row.stored("min_time") as Int64, try row.stored("max_time") as Int64)
        let first = UInt64(bitPattern: minimum)
        let names = try ByteStrings(stored: row.stored("keys")).strings
        let numbers = try NumberEncoding.varint.decode(
            [UInt8](row.stored("key_numbers") as Data), count: names.count)
        self.init(
            id: try row.stored("id"),
            signal: signal,
            rowCount: try row.stored("rows"),
            times: first...max(first, UInt64(bitPattern: maximum)),
            byteCount: try row.stored("size"),
            services: try ByteStrings(stored: row.stored("services")).strings,
            keys: zip(names, numbers).map { ($0, Int(truncatingIfNeeded: $1)) },
            resourceKeys: try ByteStrings(stored: row.stored("resource_keys")).strings,
            hasOverflow: try row.stored("overflow")
        )
        guard Int64(checksum) == (try row.stored("crc")) else {
            throw DamagedColumn("block \(id): wrong checksum in the catalogue")
        }
    }

    /// Names every column of the table but the id.
    static let insertion = """
        INSERT INTO block
            (signal, rows, min_time, max_time, size, services, keys, key_numbers, resource_keys, overflow, crc)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    func insert(_ database: Database) throws -> Int64 {
        let statement = try database.cachedStatement(sql: Self.insertion)
        try statement.execute(arguments: [
            signal.rawValue, rowCount, Int64(bitPattern: times.lowerBound),
            Int64(bitPattern: times.upperBound), byteCount,
            ByteStrings(services).stored, ByteStrings(keys.map(\.name)).stored,
            Data(NumberEncoding.varint.encode(keys.map { UInt64($0.number) })), ByteStrings(resourceKeys).stored,
            hasOverflow, Int64(checksum),
        ])
        return database.lastInsertedRowID
    }

    /// CRC-32 of the fields as the columns of the row hold them, in their order: texts and blobs as they are, integers as
    /// 8 little-endian bytes.
    private var checksum: UInt32 {
        var bytes = Array(signal.rawValue.utf8)
        for number in [UInt64(rowCount), times.lowerBound, times.upperBound, UInt64(byteCount)] {
            bytes.appendFixed(number)
        }
        ByteStrings(services).serialize(into: &bytes)
        ByteStrings(keys.map(\.name)).serialize(into: &bytes)
        bytes += NumberEncoding.varint.encode(keys.map { UInt64($0.number) })
        ByteStrings(resourceKeys).serialize(into: &bytes)
        bytes.appendFixed(hasOverflow ? 1 : 0)
        return CRC32.checksum(of: bytes)
    }

    static func delete(_ database: Database, _ id: Int64) throws {
        let columns = StoredColumn.ids(ofBlock: id)
        try database.execute(
            sql: #"DELETE FROM "column" WHERE id BETWEEN ? AND ?"#,
            arguments: [columns.lowerBound, columns.upperBound])
        try database.execute(sql: "DELETE FROM block WHERE id = ?", arguments: [id])
    }
}

extension EncodedBlock {
    /// - Returns: The header with the id it was given.
    func insert(_ database: Database) throws -> BlockHeader {
        var header = header
        header.id = try header.insert(database)
        for column in columns { try column.insert(database, block: header.id) }
        return header
    }
}

extension StoredColumn {
    static func ids(ofBlock id: Int64) -> ClosedRange<Int64> {
        (id << BlockColumn.bits)...(id << BlockColumn.bits + (1 << BlockColumn.bits - 1))
    }

    /// Names every column of the table.
    static let insertion = """
        INSERT INTO "column" (id, name, codec, value_count, raw_size, crc, data) VALUES (?, ?, ?, ?, ?, ?, ?)
        """

    func insert(_ database: Database, block: Int64) throws {
        let statement = try database.cachedStatement(sql: Self.insertion)
        try statement.execute(arguments: [
            block << BlockColumn.bits + Int64(position), name, codec.text, valueCount, rawSize, Int64(checksum),
            Data(data),
        ])
    }

    /// `nil` when the column was left out because every row is zero or empty.
    static func fetch(_ database: Database, block: Int64, position: Int) throws -> StoredColumn? {
        let statement = try database.cachedStatement(sql: #"SELECT * FROM "column" WHERE id = ?"#)
        let row = try Row.fetchOne(statement, arguments: [block << BlockColumn.bits + Int64(position)])
        return try row.map { row throws(DamagedColumn) in try StoredColumn(row, position) }
    }

    private init(_ row: Row, _ position: Int) throws(DamagedColumn) {
        self.init(
            position: position,
            name: try row.stored("name"),
            codec: Codec(text: try row.stored("codec")),
            valueCount: try row.stored("value_count"),
            rawSize: try row.stored("raw_size"),
            checksum: UInt32(truncatingIfNeeded: try row.stored("crc") as Int64),
            data: [UInt8](try row.stored("data") as Data)
        )
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

extension ByteStrings {
    fileprivate init(stored bytes: Data) throws(DamagedColumn) {
        var cursor = ByteCursor([UInt8](bytes))
        try self.init(reading: &cursor)
    }

    fileprivate var stored: Data {
        var bytes: [UInt8] = []
        serialize(into: &bytes)
        return Data(bytes)
    }
}
