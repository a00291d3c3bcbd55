import ClewModel
import ClewWire

/// A block ready to be written: its header, and its bytes, which begin with their directory.
struct EncodedBlock: Sendable {
    var header: BlockHeader
    var bytes: [UInt8]
    var fingerprints: Fingerprints
}

extension EncodedBlock {
    enum Layout {
        /// One page, as the rows came, uncompressed: for the journal and for memory.
        case journal
        /// Compressed pages; the rows are ordered by trace.
        case stored

        /// Rows of a page: few enough to read one trace within a fraction of a millisecond, enough for zlib to find
        /// what repeats.
        static let pageRows = 1024
    }

    /// Encodes a block's columns. A column in which every row is zero or empty is left out.
    ///
    /// - Throws: ``DamagedColumn`` if a resource cannot be decoded, which the sink's validation rules out.
    init(_ block: Block, _ layout: Layout) throws(DamagedColumn) {
        let traces = block.dictionaries[BlockSchema.Dictionary.traceID]
        let encoder = try ColumnEncoder(block, layout)
        var columns = encoder.columns()
        switch layout {
        case .journal: fingerprints = Fingerprints(unordered: traces.strings)
        case .stored:
            fingerprints = Fingerprints(ordered: traces)
            columns.append(encoder.shared(BlockColumn.fingerprints, fingerprints.serialized()))
            if block.schema.signal == .logs,
                let filter = TrigramFilter(of: block.dictionaries[BlockSchema.Dictionary.body].strings)
            {
                columns.append(encoder.shared(BlockColumn.bodyFilter, filter.serialized()))
            }
        }
        columns.sort { $0.position < $1.position }
        bytes = []
        let directorySize = ColumnDirectory.write(columns, pageRows: encoder.pageRows, to: &bytes)
        let resources = try block.dictionaries[BlockSchema.Dictionary.resource].strings.resources()
        let times = block.numbers[BlockSchema.Number.time]
        header = BlockHeader(
            signal: block.schema.signal,
            rowCount: block.rowCount,
            times: (times.min() ?? 0)...(times.max() ?? 0),
            byteCount: bytes.count,
            directorySize: directorySize,
            directoryChecksum: CRC32.checksum(of: Array(bytes[..<directorySize])),
            services: Set(resources.map(\.serviceName)).sorted(),
            keys: block.attributes.indices.filter { !block.attributes[$0].ids.isEmpty }
                .map { (name: block.keys.string($0), number: $0) },
            resourceKeys: Set(resources.flatMap { $0.attributes.map(\.key) }).sorted(),
            hasOverflow: !block.overflow.ids.isEmpty
        )
    }
}

/// Encodes the columns of one block, page by page.
private struct ColumnEncoder {
    private let block: Block
    private let layout: EncodedBlock.Layout
    let pageRows: Int
    private let pages: [Range<Int>]
    /// By key number, then the overflow column: how many values each page holds.
    private let valueCounts: [[Int]]

    /// Distinct strings up to which all pages of a column share them: their numbers then take a byte each.
    private static let maximumShared = 256

    init(_ block: Block, _ layout: EncodedBlock.Layout) throws(DamagedColumn) {
        self.block = block
        self.layout = layout
        pageRows = layout == .stored ? EncodedBlock.Layout.pageRows : max(1, block.rowCount)
        let size = pageRows
        pages = stride(from: 0, to: block.rowCount, by: size).map { $0..<min(block.rowCount, $0 + size) }
        valueCounts = try block.valueCounts(pages)
    }

    func columns() -> [ColumnDirectory.Column] {
        var columns = numberColumns() + listColumns()
        for (index, column) in block.dictionaries.enumerated() {
            if column.strings.count == 1, column.strings.bytes.isEmpty { continue }
            let counts = pages.map(\.count)
            columns.append(strings(BlockColumn.dictionary(index), column, counts, mayBeIntegers: false))
        }
        for (key, column) in block.attributes.enumerated() where !column.ids.isEmpty {
            columns.append(strings(BlockColumn.attribute(key), column, valueCounts[key], mayBeIntegers: true))
            if layout == .stored, column.strings.count > Self.maximumShared,
                let filter = BloomFilter(texts: column.strings)
            {
                columns.append(shared(BlockColumn.filter(key), filter.serialized()))
            }
        }
        if !block.overflow.ids.isEmpty, let counts = valueCounts.last {
            columns.append(strings(BlockColumn.overflow, block.overflow, counts, mayBeIntegers: false))
        }
        return columns
    }

    /// A column that has nothing but what its pages would share.
    func shared(_ position: Int, _ raw: [UInt8]) -> ColumnDirectory.Column {
        (position, [Chunk.seal(raw, compressing: false)] + pages.map { _ in [] })
    }

    private func seal(_ raw: [UInt8], isCompressible: Bool) -> [UInt8] {
        Chunk.seal(raw, compressing: isCompressible && layout == .stored)
    }

    // MARK: Numbers and lists

    private func numberColumns() -> [ColumnDirectory.Column] {
        let spanIDs = block.numbers[BlockSchema.Number.spanID]
        return zip(block.schema.numbers, block.numbers).enumerated().compactMap { index, column in
            let (description, values) = column
            if values.allSatisfy({ $0 == 0 }) { return nil }
            let isPlain = layout == .journal && description.form == .parents
            let chunks = pages.map { page in
                let slice = Array(values[page])
                if slice.allSatisfy({ $0 == 0 }) { return [] as [UInt8] }
                var raw: [UInt8] = []
                let ids = description.form == .parents ? Array(spanIDs[page]) : []
                let isCompressible = NumberPage.append(
                    slice, isPlain ? .plain : description.form, spanIDs: ids, to: &raw)
                return seal(raw, isCompressible: isCompressible)
            }
            let isDuration = block.schema.signal == .traces && index == BlockSchema.Number.duration
            let shared = isDuration && layout == .stored ? seal(longest(values), isCompressible: false) : []
            return (BlockColumn.number(index), [shared] + chunks)
        }
    }

    /// The longest duration of each page, so that a search for slow spans need not read the others.
    private func longest(_ durations: [UInt64]) -> [UInt8] {
        var raw: [UInt8] = []
        NumberCoding.append(
            pages.map { page in durations[page].reduce(0) { max($0, SpanQuery.duration($1)) } }, to: &raw)
        return raw
    }

    private func listColumns() -> [ColumnDirectory.Column] {
        block.lists.enumerated().compactMap { index, values in
            if values.bytes.isEmpty { return nil }
            let chunks = pages.map { page in
                let slice = values.slice(page)
                if slice.bytes.isEmpty { return [] as [UInt8] }
                var raw: [UInt8] = []
                slice.serialize(into: &raw)
                return seal(raw, isCompressible: true)
            }
            return (BlockColumn.list(index), [[]] + chunks)
        }
    }

    // MARK: Strings

    private func strings(
        _ position: Int, _ column: DictionaryColumn, _ counts: [Int], mayBeIntegers: Bool
    ) -> ColumnDirectory.Column {
        if layout == .journal {
            return (position, [[], seal(DictionaryPage.local(column).bytes, isCompressible: false)])
        }
        if column.strings.count <= Self.maximumShared {
            var raw: [UInt8] = []
            column.strings.serialize(into: &raw)
            let chunks = chunks(column, counts) { DictionaryPage.shared(Array($0)) }
            return (position, [seal(raw, isCompressible: true)] + chunks)
        }
        if mayBeIntegers, let integers = column.strings.integers {
            let chunks = chunks(column, counts) { ids in DictionaryPage.integers(ids.map { integers[Int($0)] }) }
            return (position, [[]] + chunks)
        }
        var pageDictionary = PageDictionary(column.strings)
        return (position, [[]] + chunks(column, counts) { DictionaryPage.local(pageDictionary.column($0)) })
    }

    private func chunks(
        _ column: DictionaryColumn, _ counts: [Int],
        _ encode: (ArraySlice<UInt32>) -> (bytes: [UInt8], isCompressible: Bool)
    ) -> [[UInt8]] {
        var start = 0
        return counts.map { count in
            defer { start += count }
            if count == 0 { return [] }
            let page = encode(column.ids[start..<(start + count)])
            return seal(page.bytes, isCompressible: page.isCompressible)
        }
    }
}

/// Gives the strings of one page numbers of their own.
private struct PageDictionary {
    private let strings: ByteStrings
    /// By the string's number in the block: its number in the page, plus one, if the page has it.
    private var numbers: [UInt32]

    init(_ strings: ByteStrings) {
        self.strings = strings
        numbers = Array(repeating: 0, count: strings.count)
    }

    mutating func column(_ ids: ArraySlice<UInt32>) -> DictionaryColumn {
        var column = DictionaryColumn()
        column.ids.reserveCapacity(ids.count)
        for id in ids {
            if numbers[Int(id)] == 0 {
                column.strings.append(strings[Int(id)])
                numbers[Int(id)] = UInt32(column.strings.count)
            }
            column.ids.append(numbers[Int(id)] - 1)
        }
        for id in ids { numbers[Int(id)] = 0 }
        return column
    }
}

extension Block {
    /// For each key and then for the overflow column: how many values the rows of each page have.
    fileprivate func valueCounts(_ pages: [Range<Int>]) throws(DamagedColumn) -> [[Int]] {
        let shapes = try shapes()
        let ids = dictionaries[BlockSchema.Dictionary.shape].ids
        var counts = Array(repeating: Array(repeating: 0, count: pages.count), count: attributes.count + 1)
        var rows = Array(repeating: 0, count: shapes.count)
        for (number, page) in pages.enumerated() {
            for id in ids[page] { rows[Int(id)] += 1 }
            for (shape, keys) in shapes.enumerated() where rows[shape] > 0 {
                for key in keys { counts[key ?? attributes.count][number] += rows[shape] }
                rows[shape] = 0
            }
        }
        return counts
    }
}

extension ByteStrings {
    fileprivate func slice(_ indices: Range<Int>) -> ByteStrings {
        var slice = ByteStrings()
        for index in indices { slice.append(self[index]) }
        return slice
    }

    /// The strings as encoded integers; `nil` unless all are.
    fileprivate var integers: [UInt64]? {
        var integers: [UInt64] = []
        integers.reserveCapacity(count)
        for index in 0..<count {
            guard let value = EncodedInteger.value(self[index]) else { return nil }
            integers.append(value.zigzag)
        }
        return integers
    }
}
