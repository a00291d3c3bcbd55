import ClewWire

/// Where the chunks of each column lie in the bytes of a block.
///
/// A block is cut into pages of equally many rows, so that one trace can be read without the rest; all pages of one column
/// lie behind one another, so that one column can be.
struct ColumnDirectory: Sendable {
    struct Place: Sendable {
        var offset: Int
        var length: Int
        /// CRC-32 of the chunk.
        var checksum: UInt32
    }

    let pageRows: Int
    let pageCount: Int
    /// By ``BlockColumn``, ascending.
    private let positions: [Int]
    /// For each column: what its pages share, then the pages. Of length zero where there is nothing.
    private let places: [Place]
    /// Bytes of the whole block.
    let byteCount: Int

    /// What the pages of a column share.
    ///
    /// Of strings it is those that all pages use; of durations the longest of each page.
    func shared(_ position: Int) -> Place? { place(position, 0) }

    /// - Returns: `nil` where every value of the page is zero or empty.
    func page(_ page: Int, of position: Int) -> Place? { place(position, page + 1) }

    /// Some pages that follow one another, as one range of bytes; empty where there is nothing in any of them.
    func extent(_ pages: Range<Int>, of position: Int) -> Range<Int> {
        guard let index = index(of: position), !pages.isEmpty else { return 0..<0 }
        let first = index * (pageCount + 1) + 1
        let last = places[first + pages.upperBound - 1]
        return places[first + pages.lowerBound].offset..<(last.offset + last.length)
    }

    func contains(_ position: Int) -> Bool { index(of: position) != nil }

    private func place(_ position: Int, _ chunk: Int) -> Place? {
        guard let index = index(of: position) else { return nil }
        let place = places[index * (pageCount + 1) + chunk]
        return place.length == 0 ? nil : place
    }

    private func index(of position: Int) -> Int? {
        var (low, high) = (0, positions.count)
        while low < high {
            let middle = (low + high) / 2
            if positions[middle] < position { low = middle + 1 } else { high = middle }
        }
        return low < positions.count && positions[low] == position ? low : nil
    }

    /// Every chunk, for a check of the whole block.
    var allPlaces: [Place] { places.filter { $0.length > 0 } }
}

extension ColumnDirectory {
    /// A column's chunks: what its pages share, then each page; empty where there is nothing.
    typealias Column = (position: Int, chunks: [[UInt8]])

    /// The bytes of a block: the directory, then the chunks.
    ///
    /// - Returns: How many of the bytes are the directory.
    static func write(_ columns: [Column], pageRows: Int, to output: inout [UInt8]) -> Int {
        let start = output.count
        output.appendVarint(UInt64(pageRows))
        output.appendVarint(UInt64(columns.count))
        for column in columns {
            output.appendVarint(UInt64(column.position))
            for chunk in column.chunks {
                output.appendVarint(UInt64(chunk.count))
                if !chunk.isEmpty { output.appendFixed(CRC32.checksum(of: chunk)) }
            }
        }
        let size = output.count - start
        output.reserveCapacity(output.count + columns.reduce(0) { $1.chunks.reduce($0) { $0 + $1.count } })
        for column in columns {
            for chunk in column.chunks { output.append(contentsOf: chunk) }
        }
        return size
    }

    /// - Parameters:
    ///   - bytes: Exactly the directory.
    ///   - byteCount: Bytes of the whole block.
    init(reading bytes: [UInt8], rowCount: Int, byteCount: Int) throws(DamagedColumn) {
        var cursor = ByteCursor(bytes)
        let pageRows = try cursor.varint()
        guard (1...UInt64(BlockHeader.maximumRows)).contains(pageRows) else {
            throw DamagedColumn("pages of \(pageRows) rows")
        }
        self.pageRows = Int(pageRows)
        pageCount = (rowCount + self.pageRows - 1) / self.pageRows
        let columnCount = try cursor.count()
        guard columnCount <= 2 * BlockColumn.maximumKeys + 128, pageCount < cursor.remaining else {
            throw DamagedColumn("a directory of \(columnCount) columns and \(pageCount) pages")
        }
        var (positions, places): ([Int], [Place]) = ([], [])
        var offset = bytes.count
        for _ in 0..<columnCount {
            let position = Int(truncatingIfNeeded: try cursor.varint())
            guard position > positions.last ?? -1 else { throw DamagedColumn("columns out of order") }
            positions.append(position)
            for _ in 0...pageCount {
                let length = try cursor.varint()
                guard length <= UInt64(byteCount - offset) else { throw DamagedColumn("a page behind the block's end") }
                let checksum = length == 0 ? 0 : UInt32(try cursor.fixed(width: 4))
                places.append(Place(offset: offset, length: Int(length), checksum: checksum))
                offset += Int(length)
            }
        }
        guard offset == byteCount, cursor.remaining == 0 else { throw DamagedColumn("a block of the wrong length") }
        (self.positions, self.places, self.byteCount) = (positions, places, byteCount)
    }
}
