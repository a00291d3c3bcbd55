import ClewModel

/// Where the bytes of a block lie.
enum BlockSource: Sendable {
    case memory([UInt8])
    /// From an offset of a file on.
    case file(DataFile, Int)

    func bytes(_ range: Range<Int>) throws -> [UInt8] {
        switch self {
        case .memory(let bytes):
            guard range.upperBound <= bytes.count else { throw DamagedColumn("the block ends early") }
            return Array(bytes[range])
        case .file(let file, let start):
            let bytes = try file.read(at: start + range.lowerBound, count: range.count)
            guard bytes.count == range.count else { throw DamagedColumn("the file ends within the block") }
            return bytes
        }
    }
}

/// Reads the columns of one block as they are asked for, each once.
///
/// It can be confined to the pages that hold some rows; rows then count from the first row of the first page.
final class BlockReader {
    let header: BlockHeader
    private let source: BlockSource
    private let directory: ColumnDirectory
    private let pages: Range<Int>
    private var numbers: [Int: [UInt64]] = [:]
    private var dictionaries: [Int: DictionaryColumn] = [:]

    /// The rows of the block that are read, as whole pages.
    let rows: Range<Int>

    /// - Parameter rows: Rows that are wanted; `nil` for all.
    init(_ header: BlockHeader, _ source: BlockSource, rows wanted: Range<Int>? = nil) throws(DamagedColumn) {
        self.header = header
        self.source = source
        do {
            let bytes = try source.bytes(0..<header.directorySize)
            guard CRC32.checksum(of: bytes) == header.directoryChecksum else {
                throw DamagedColumn("the block's directory has a wrong checksum")
            }
            directory = try ColumnDirectory(
                reading: bytes, rowCount: header.rowCount, byteCount: header.byteCount)
        } catch {
            throw DamagedColumn(reading: error)
        }
        let wanted = (wanted ?? 0..<header.rowCount).clamped(to: 0..<header.rowCount)
        let size = directory.pageRows
        pages = wanted.isEmpty ? 0..<0 : (wanted.lowerBound / size)..<((wanted.upperBound - 1) / size + 1)
        rows = (pages.lowerBound * size)..<min(header.rowCount, pages.upperBound * size)
    }

    /// Rows that are read.
    var rowCount: Int { rows.count }

    private var schema: BlockSchema { header.signal == .logs ? .logs : .spans }

    /// A chunk as it was before compression.
    private func chunk(_ place: ColumnDirectory.Place) throws(DamagedColumn) -> [UInt8] {
        try Chunk.open(try sealedChunk(place))
    }

    private func sealedChunk(_ place: ColumnDirectory.Place) throws(DamagedColumn) -> [UInt8] {
        do {
            let bytes = try source.bytes(place.offset..<(place.offset + place.length))
            guard CRC32.checksum(of: bytes) == place.checksum else { throw DamagedColumn("a wrong checksum") }
            return bytes
        } catch {
            throw DamagedColumn(reading: error)
        }
    }

    private func rowCount(ofPage page: Int) -> Int {
        min(header.rowCount, (page + 1) * directory.pageRows) - page * directory.pageRows
    }

    /// A fixed column of numbers.
    func numbers(_ index: Int) throws(DamagedColumn) -> [UInt64] {
        if let known = numbers[index] { return known }
        let position = BlockColumn.number(index)
        var values: [UInt64] = []
        values.reserveCapacity(rowCount)
        for page in pages {
            let count = rowCount(ofPage: page)
            guard let place = directory.page(page, of: position) else {
                values.append(contentsOf: repeatElement(0, count: count))
                continue
            }
            let start = values.count
            do {
                values += try NumberPage.read(chunk(place), count: count) {
                    Array(try self.numbers(BlockSchema.Number.spanID)[start..<(start + count)])
                }
            } catch {
                throw DamagedColumn(reading: error).in(schema.numbers[index].name)
            }
        }
        numbers[index] = values
        return values
    }

    /// A fixed column of strings; a number for each row.
    func dictionary(_ index: Int) throws(DamagedColumn) -> DictionaryColumn {
        let position = BlockColumn.dictionary(index)
        if let known = dictionaries[position] { return known }
        var values = DictionaryColumn()
        do throws(DamagedColumn) {
            if directory.contains(position) {
                values = try strings(position, maximumCount: directory.pageRows)
            } else {
                values = DictionaryColumn(strings: ByteStrings([""]), ids: Array(repeating: 0, count: rowCount))
            }
            guard values.ids.count == rowCount else {
                throw DamagedColumn("\(values.ids.count) values, \(rowCount) rows")
            }
        } catch {
            throw error.in(schema.dictionaries[index])
        }
        dictionaries[position] = values
        return values
    }

    private func strings(_ position: Int, maximumCount: Int) throws(DamagedColumn) -> DictionaryColumn {
        var column = DictionaryColumn()
        if let place = directory.shared(position) {
            var cursor = ByteCursor(try chunk(place))
            column.strings = try ByteStrings(reading: &cursor)
        }
        let shared = column.strings.count
        for page in pages {
            guard let place = directory.page(page, of: position) else { continue }
            try DictionaryPage.read(chunk(place), shared: shared, maximumCount: maximumCount, into: &column)
        }
        return column
    }

    func list(_ index: Int) throws(DamagedColumn) -> ByteStrings {
        let position = BlockColumn.list(index)
        var values = ByteStrings()
        for page in pages {
            let count = rowCount(ofPage: page)
            guard let place = directory.page(page, of: position) else {
                for _ in 0..<count { values.close() }
                continue
            }
            var cursor = ByteCursor(try chunk(place))
            let strings = try ByteStrings(reading: &cursor)
            guard strings.count == count else { throw DamagedColumn("\(strings.count) of \(count) rows") }
            values.append(strings)
        }
        return values
    }

    /// The values of a key, for the rows whose shape has it.
    func attribute(_ key: Int) throws(DamagedColumn) -> DictionaryColumn {
        let position = BlockColumn.attribute(key)
        if let known = dictionaries[position] { return known }
        guard directory.contains(position) else { throw DamagedColumn("the column of key \(key) is missing") }
        let values = try strings(position, maximumCount: Self.maximumAttributesPerPage)
        dictionaries[position] = values
        return values
    }

    func overflow() throws(DamagedColumn) -> DictionaryColumn {
        try strings(BlockColumn.overflow, maximumCount: Self.maximumAttributesPerPage)
    }

    /// A key may repeat within a span, so a page may have more values than rows; a request bounds them.
    private static let maximumAttributesPerPage = 1 << 24

    func fingerprints() throws(DamagedColumn) -> Fingerprints {
        guard let place = directory.shared(BlockColumn.fingerprints) else { throw DamagedColumn("no fingerprints") }
        return try Fingerprints(reading: chunk(place), rowCount: header.rowCount)
    }

    /// By shape number.
    func shapes() throws(DamagedColumn) -> [[Int?]] {
        try dictionary(BlockSchema.Dictionary.shape).strings.shapes()
    }

    /// All columns of the rows that are read.
    func block() throws(DamagedColumn) -> Block {
        let keyCount = (header.keys.map(\.number).max() ?? -1) + 1
        guard keyCount <= BlockColumn.maximumKeys else { throw DamagedColumn("\(keyCount) attribute keys") }
        var names = Array(repeating: "", count: keyCount)
        var attributes = Array(repeating: DictionaryColumn(), count: keyCount)
        for (name, number) in header.keys {
            names[number] = name
            attributes[number] = try attribute(number)
        }
        var block = Block(
            schema: schema, rowCount: rowCount, numbers: [], dictionaries: [], lists: [], keys: ByteStrings(names),
            attributes: attributes, overflow: header.hasOverflow ? try overflow() : DictionaryColumn())
        for index in schema.numbers.indices { block.numbers.append(try numbers(index)) }
        for index in schema.dictionaries.indices { block.dictionaries.append(try dictionary(index)) }
        for index in schema.lists.indices { block.lists.append(try list(index)) }
        try block.validate()
        return block
    }

    /// Reads every byte of the block and checks it.
    func check() throws(DamagedColumn) {
        for place in directory.allPlaces { _ = try chunk(place) }
        _ = try block()
    }

    /// Compares every byte of the block with its checksums, and looks no further.
    func checkSums() throws(DamagedColumn) {
        for place in directory.allPlaces { _ = try sealedChunk(place) }
    }
}

extension DamagedColumn {
    /// An error of a file that cannot be read counts as damage of what lies there.
    init(reading error: any Error) {
        self = error as? DamagedColumn ?? DamagedColumn("\(error)")
    }

    func `in`(_ column: String) -> DamagedColumn { DamagedColumn("column '\(column)': \(description)") }
}
