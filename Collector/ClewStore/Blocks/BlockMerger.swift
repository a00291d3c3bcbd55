import ClewModel
import ClewWire

/// Merges blocks of one signal into one whose rows are ordered by trace, and by time within a trace.
struct BlockMerger {
    private let sources: [Block]
    private let maximumKeys: Int
    private var keys = Interner()
    private var attributes: [DictionaryBuilder] = []
    private var overflow = DictionaryBuilder()

    /// Where a row comes from.
    private struct Place {
        var source: Int32
        var row: Int32
    }

    /// - Parameter sources: Validated blocks, at least one.
    static func merge(_ sources: [Block], maximumKeys: Int) throws(DamagedColumn) -> Block {
        var merger = BlockMerger(sources: sources, maximumKeys: maximumKeys)
        return try merger.merge()
    }

    private init(sources: [Block], maximumKeys: Int) {
        self.sources = sources
        self.maximumKeys = min(maximumKeys, BlockColumn.maximumKeys)
    }

    private mutating func merge() throws(DamagedColumn) -> Block {
        let schema = sources[0].schema
        let (order, traces) = ordered()
        var dictionaries = schema.dictionaries.indices.map { index in
            switch index {
            case BlockSchema.Dictionary.traceID: traces
            case BlockSchema.Dictionary.shape: DictionaryColumn()
            default: gathered(order) { $0.dictionaries[index] }
            }
        }
        dictionaries[BlockSchema.Dictionary.shape] = try gatherAttributes(order)
        return Block(
            schema: schema,
            rowCount: order.count,
            numbers: schema.numbers.indices.map { index in
                order.map { sources[Int($0.source)].numbers[index][Int($0.row)] }
            },
            dictionaries: dictionaries,
            lists: schema.lists.indices.map { index in
                var list = ByteStrings()
                for place in order { list.append(sources[Int(place.source)].lists[index][Int(place.row)]) }
                return list
            },
            keys: keys.strings,
            attributes: attributes.map(\.column),
            overflow: overflow.column
        )
    }

    // MARK: Order

    /// The rows by trace, and the column of trace ids in that order.
    private func ordered() -> (order: [Place], traces: DictionaryColumn) {
        var interner = Interner()
        let numbers = sources.map { renumbered($0.dictionaries[BlockSchema.Dictionary.traceID], &interner) }
        let ids = interner.strings
        let keys = (0..<ids.count).map { TraceID(bytes: ids[$0]).map(Fingerprints.key) ?? 0 }
        let ranked = (0..<ids.count).sorted {
            keys[$0] != keys[$1] ? keys[$0] < keys[$1] : ids[$0].lexicographicallyPrecedes(ids[$1])
        }
        // A counting sort: the traces are few, the rows many.
        var counts = Array(repeating: 0, count: ids.count)
        for rows in numbers { for number in rows { counts[Int(number)] += 1 } }
        var next = Array(repeating: 0, count: ids.count)
        var traces = DictionaryColumn()
        var offset = 0
        for (rank, number) in ranked.enumerated() {
            next[number] = offset
            offset += counts[number]
            traces.strings.append(ids[number])
            traces.ids.append(contentsOf: repeatElement(UInt32(rank), count: counts[number]))
        }
        var order = Array(repeating: Place(source: 0, row: 0), count: offset)
        for (source, rows) in numbers.enumerated() {
            for (row, number) in rows.enumerated() {
                order[next[Int(number)]] = Place(source: Int32(source), row: Int32(row))
                next[Int(number)] += 1
            }
        }
        for number in ranked {
            order[(next[number] - counts[number])..<next[number]].sort { time($0) < time($1) }
        }
        return (order, traces)
    }

    private func time(_ place: Place) -> UInt64 {
        sources[Int(place.source)].numbers[BlockSchema.Number.time][Int(place.row)]
    }

    // MARK: Strings

    private func gathered(_ order: [Place], _ column: (Block) -> DictionaryColumn) -> DictionaryColumn {
        var interner = Interner()
        let numbers = sources.map { renumbered(column($0), &interner) }
        return DictionaryColumn(
            strings: interner.strings, ids: order.map { numbers[Int($0.source)][Int($0.row)] })
    }

    /// The numbers of a column's values in a dictionary that many columns share.
    private func renumbered(_ column: DictionaryColumn, _ interner: inout Interner) -> [UInt32] {
        let numbers = column.strings.numbers(in: &interner)
        return column.ids.map { numbers[Int($0)] }
    }

    // MARK: Attributes

    /// What the attributes of one source become.
    private struct Attributes {
        /// By shape number: which column each attribute goes to, `nil` for the overflow column.
        var columns: [[Int?]] = []
        /// By shape number in the source: the number of the shape that the merged block writes.
        var shapes: [UInt32] = []
        /// The values of all rows one behind the other, as numbers in their new columns.
        var values: [UInt32] = []
        /// By row: where its values begin.
        var starts: [Int] = []
    }

    /// - Returns: The column of shapes.
    private mutating func gatherAttributes(_ order: [Place]) throws(DamagedColumn) -> DictionaryColumn {
        var shapes = Interner()
        var gathered: [Attributes] = []
        for source in sources { gathered.append(try attributes(of: source, &shapes)) }
        var column = DictionaryColumn(strings: shapes.strings)
        column.ids.reserveCapacity(order.count)
        for place in order {
            let (source, row) = (Int(place.source), Int(place.row))
            let shape = Int(sources[source].dictionaries[BlockSchema.Dictionary.shape].ids[row])
            var next = gathered[source].starts[row]
            for target in gathered[source].columns[shape] {
                let value = gathered[source].values[next]
                if let target { attributes[target].append(id: value) } else { overflow.append(id: value) }
                next += 1
            }
            column.ids.append(gathered[source].shapes[shape])
        }
        return column
    }

    private mutating func attributes(
        of source: Block, _ shapes: inout Interner
    ) throws(DamagedColumn) -> Attributes {
        let sourceShapes = try source.shapes()
        let columns = (0..<source.attributes.count).map { column(of: $0, of: source) }
        var numbers: [[UInt32]] = []
        for (key, column) in source.attributes.enumerated() {
            numbers.append(
                columns[key].map { column.strings.numbers(in: &attributes[$0]) }
                    ?? column.strings.overflowed(key: source.keys[key], &overflow))
        }
        let overflowed = source.overflow.strings.numbers(in: &overflow)

        var result = Attributes()
        for shape in sourceShapes {
            let targets = shape.map { key in key.flatMap { columns[$0] } }
            result.columns.append(targets)
            var bytes: [UInt8] = []
            for target in targets { bytes.appendVarint(target.map { UInt64($0 + 1) } ?? 0) }
            result.shapes.append(shapes.intern(unsafe bytes.span.bytes))
        }
        var next = Array(repeating: 0, count: source.attributes.count)
        var nextOverflow = 0
        for shape in source.dictionaries[BlockSchema.Dictionary.shape].ids {
            result.starts.append(result.values.count)
            for key in sourceShapes[Int(shape)] {
                if let key {
                    result.values.append(numbers[key][Int(source.attributes[key].ids[next[key]])])
                    next[key] += 1
                } else {
                    result.values.append(overflowed[Int(source.overflow.ids[nextOverflow])])
                    nextOverflow += 1
                }
            }
        }
        return result
    }

    /// Which of the merged columns a key of a source goes to; `nil` when there are too many keys.
    private mutating func column(of key: Int, of source: Block) -> Int? {
        if source.attributes[key].ids.isEmpty { return nil }
        let name = unsafe source.keys.bytes.span.bytes.extracting(source.keys.range(key))
        guard let number = keys.intern(name, limit: maximumKeys).map(Int.init) else { return nil }
        if number == attributes.count { attributes.append(DictionaryBuilder()) }
        return number
    }
}

extension ByteStrings {
    /// The numbers of the strings in a dictionary that takes those it lacks.
    fileprivate func numbers(in interner: inout Interner) -> [UInt32] {
        let span = unsafe bytes.span.bytes
        return (0..<count).map { interner.intern(span.extracting(range($0))) }
    }

    fileprivate func numbers(in builder: inout DictionaryBuilder) -> [UInt32] {
        let span = unsafe bytes.span.bytes
        return (0..<count).map { builder.intern(span.extracting(range($0))) }
    }

    /// The same for values whose key goes into the overflow column with them.
    fileprivate func overflowed(key: ArraySlice<UInt8>, _ builder: inout DictionaryBuilder) -> [UInt32] {
        (0..<count).map { index in
            var entry: [UInt8] = []
            entry.appendVarint(UInt64(key.count))
            entry.append(contentsOf: key)
            entry.append(contentsOf: self[index])
            return builder.intern(entry)
        }
    }
}
