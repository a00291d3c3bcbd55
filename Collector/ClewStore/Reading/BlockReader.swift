import ClewModel
import ClewWire

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
/// It can be confined to some pages; rows then count from the first row of the first of them.
final class BlockReader {
    let header: BlockHeader
    private let source: BlockSource
    private let directory: ColumnDirectory
    /// Ascending.
    private var pages: [Int]
    private var numbers: [Int: [UInt64]] = [:]
    private var dictionaries: [Int: DictionaryColumn] = [:]
    /// Rows that are read.
    private(set) var rowCount: Int

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
        pages = wanted.isEmpty ? [] : Array((wanted.lowerBound / size)...((wanted.upperBound - 1) / size))
        rowCount = 0
        rowCount = pages.reduce(0) { $0 + rowCount(ofPage: $1) }
    }

    private var schema: BlockSchema { header.signal == .logs ? .logs : .spans }

    // MARK: Pages

    private func rowCount(ofPage page: Int) -> Int {
        min(header.rowCount, (page + 1) * directory.pageRows) - page * directory.pageRows
    }

    /// Leaves pages out; must come before any column is read.
    func keepPages(_ condition: (Int) -> Bool) {
        pages.removeAll { !condition($0) }
        rowCount = pages.reduce(0) { $0 + rowCount(ofPage: $1) }
    }

    /// A row as it counts in the whole block.
    func blockRow(_ row: Int) -> Int {
        // Only the last page of a block can have fewer rows than the others.
        pages[row / directory.pageRows] * directory.pageRows + row % directory.pageRows
    }

    /// The rows of the whole block that are read, where no page was left out.
    var rows: Range<Int> {
        let first = (pages.first ?? 0) * directory.pageRows
        return first..<(first + rowCount)
    }

    /// A chunk that is read alone.
    private func chunk(_ place: ColumnDirectory.Place) throws(DamagedColumn) -> ByteCursor {
        let bytes = try sealedChunk(place)
        return try Chunk.open(bytes, 0..<bytes.count)
    }

    /// The bytes of a chunk as they lie there, compared with their checksum.
    private func sealedChunk(_ place: ColumnDirectory.Place) throws(DamagedColumn) -> [UInt8] {
        do {
            let bytes = try source.bytes(place.offset..<(place.offset + place.length))
            guard CRC32.checksum(of: bytes) == place.checksum else { throw DamagedColumn("a wrong checksum") }
            return bytes
        } catch {
            throw DamagedColumn(reading: error)
        }
    }

    /// - Parameter start: Where in the block the bytes begin.
    private func open(
        _ place: ColumnDirectory.Place, in bytes: [UInt8], from start: Int
    ) throws(DamagedColumn) -> ByteCursor {
        let range = (place.offset - start)..<(place.offset - start + place.length)
        guard CRC32.checksum(of: unsafe bytes.span.bytes.extracting(range)) == place.checksum else {
            throw DamagedColumn("a wrong checksum")
        }
        return try Chunk.open(bytes, range)
    }

    /// Calls `body` for each page of a column, with `nil` where every value is zero or empty.
    ///
    /// Pages that lie behind one another are read at once.
    private func forEachPage(
        of position: Int, _ body: (_ page: ByteCursor?, _ rowCount: Int) throws -> Void
    ) throws(DamagedColumn) {
        do {
            var rest = pages[...]
            while let first = rest.first {
                var end = first
                let run = rest.prefix { page in
                    defer { end += 1 }
                    return page == end
                }
                rest = rest.dropFirst(run.count)
                let extent = directory.extent(first..<(first + run.count), of: position)
                let bytes = extent.isEmpty ? [] : try source.bytes(extent)
                for page in run {
                    let cursor = try directory.page(page, of: position).map { place throws(DamagedColumn) in
                        try open(place, in: bytes, from: extent.lowerBound)
                    }
                    try body(cursor, rowCount(ofPage: page))
                }
            }
        } catch {
            throw DamagedColumn(reading: error)
        }
    }

    // MARK: Columns

    /// A fixed column of numbers.
    func numbers(_ index: Int) throws(DamagedColumn) -> [UInt64] {
        if let known = numbers[index] { return known }
        var values: [UInt64] = []
        values.reserveCapacity(rowCount)
        do throws(DamagedColumn) {
            try forEachPage(of: BlockColumn.number(index)) { page, count in
                guard let page else { return values.append(contentsOf: repeatElement(0, count: count)) }
                let start = values.count
                values += try NumberPage.read(page, count: count) {
                    Array(try self.numbers(BlockSchema.Number.spanID)[start..<(start + count)])
                }
            }
        } catch {
            throw error.in(schema.numbers[index].name)
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
            var cursor = try chunk(place)
            column.strings = try ByteStrings(reading: &cursor)
        }
        let shared = column.strings.count
        try forEachPage(of: position) { page, _ in
            guard let page else { return }
            try DictionaryPage.read(page, shared: shared, maximumCount: maximumCount, into: &column)
        }
        return column
    }

    func list(_ index: Int) throws(DamagedColumn) -> ByteStrings {
        var values = ByteStrings()
        try forEachPage(of: BlockColumn.list(index)) { page, count in
            guard var page else {
                for _ in 0..<count { values.close() }
                return
            }
            let strings = try ByteStrings(reading: &page)
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

    /// The longest duration of a span in each page of the block; `nil` where it is not known.
    func longestDurations() throws(DamagedColumn) -> [UInt64]? {
        guard let place = directory.shared(BlockColumn.number(BlockSchema.Number.duration)) else { return nil }
        var cursor = try chunk(place)
        return try NumberCoding.read(&cursor, count: directory.pageCount)
    }

    /// `nil` where the block has none, and every body has to be looked at.
    func bodyFilter() throws(DamagedColumn) -> TrigramFilter? {
        guard let place = directory.shared(BlockColumn.bodyFilter) else { return nil }
        var cursor = try chunk(place)
        return try TrigramFilter(reading: Array(cursor.take(cursor.remaining)))
    }

    /// Whether a span or record may have the text as its attribute, as far as is known without reading the values.
    func mayHold(_ text: String, of key: String) throws(DamagedColumn) -> Bool {
        for (name, number) in header.keys where name == key {
            guard let place = directory.shared(BlockColumn.filter(number)) else { return true }
            var cursor = try chunk(place)
            let filter = try BloomFilter(reading: Array(cursor.take(cursor.remaining)))
            if filter.contains(BloomFilter.key(Array(text.utf8).span)) { return true }
        }
        return header.hasOverflow
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
