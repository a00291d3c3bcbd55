import ClewModel
import GRDB

/// Reads the columns of one block as they are asked for, each once.
///
/// Lives as long as one read of a database connection.
final class BlockReader {
    let header: BlockHeader
    private let database: Database
    private var numbers: [Int: [UInt64]] = [:]
    private var dictionaries: [Int: DictionaryColumn] = [:]

    /// - Throws: ``BlockIsGone`` when the block was removed since its header was read.
    init(_ header: BlockHeader, _ database: Database) throws {
        self.header = header
        self.database = database
        let statement = try database.cachedStatement(sql: "SELECT 1 FROM block WHERE id = ?")
        guard try Int.fetchOne(statement, arguments: [header.id]) != nil else { throw BlockIsGone() }
    }

    var rowCount: Int { header.rowCount }

    private var schema: BlockSchema { header.signal == .logs ? .logs : .spans }

    private func column(_ position: Int) throws -> StoredColumn? {
        try StoredColumn.fetch(database, block: header.id, position: position)
    }

    /// A fixed column of numbers.
    func numbers(_ index: Int) throws -> [UInt64] {
        if let known = numbers[index] { return known }
        let values =
            try column(BlockColumn.number(index))?.numbers(count: rowCount) ?? Array(repeating: 0, count: rowCount)
        numbers[index] = values
        return values
    }

    /// A fixed column of strings; a number for each row.
    func dictionary(_ index: Int) throws -> DictionaryColumn {
        let position = BlockColumn.dictionary(index)
        if let known = dictionaries[position] { return known }
        let values =
            try column(position)?.dictionary()
            ?? DictionaryColumn(strings: ByteStrings([""]), ids: Array(repeating: 0, count: rowCount))
        guard values.ids.count == rowCount else { throw DamagedColumn("\(values.ids.count) values, \(rowCount) rows") }
        dictionaries[position] = values
        return values
    }

    func list(_ index: Int) throws -> ByteStrings {
        try column(BlockColumn.list(index))?.strings(count: rowCount)
            ?? ByteStrings(repeatElement("", count: rowCount))
    }

    /// The values of a key, for the rows whose shape has it.
    func attribute(_ key: Int) throws -> DictionaryColumn {
        let position = BlockColumn.attribute(key)
        if let known = dictionaries[position] { return known }
        guard let column = try column(position) else { throw DamagedColumn("the column of key \(key) is missing") }
        let values = try column.dictionary()
        dictionaries[position] = values
        return values
    }

    func overflow() throws -> DictionaryColumn {
        try column(BlockColumn.overflow)?.dictionary() ?? DictionaryColumn()
    }

    func fingerprints() throws -> [UInt32] {
        guard let column = try column(BlockColumn.fingerprints) else { throw DamagedColumn("no fingerprints") }
        return try Fingerprints.decode(column)
    }

    /// By shape number.
    func shapes() throws -> [[Int?]] {
        try dictionary(BlockSchema.Dictionary.shape).strings.shapes()
    }

    /// All columns.
    func block() throws -> Block {
        let keyCount = (header.keys.map(\.number).max() ?? -1) + 1
        guard keyCount <= BlockColumn.maximumKeys else { throw DamagedColumn("\(keyCount) attribute keys") }
        var names = Array(repeating: "", count: keyCount)
        var attributes = Array(repeating: DictionaryColumn(), count: keyCount)
        for (name, number) in header.keys {
            names[number] = name
            attributes[number] = try attribute(number)
        }
        let block = Block(
            schema: schema,
            rowCount: rowCount,
            numbers: try schema.numbers.indices.map { try numbers($0) },
            dictionaries: try schema.dictionaries.indices.map { try dictionary($0) },
            lists: try schema.lists.indices.map { try list($0) },
            keys: ByteStrings(names),
            attributes: attributes,
            overflow: header.hasOverflow ? try overflow() : DictionaryColumn()
        )
        try block.validate()
        return block
    }
}

/// The block was removed between the read of its header and of its columns.
struct BlockIsGone: Error {}
