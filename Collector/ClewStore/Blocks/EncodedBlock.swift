import ClewModel
import ClewWire

/// A block ready to be written: its header and its columns.
struct EncodedBlock: Sendable {
    var header: BlockHeader
    var columns: [StoredColumn]
    /// The low 32 bits of the block's distinct valid trace ids, ascending.
    var fingerprints: [UInt32]
}

extension EncodedBlock {
    /// Compresses a block's columns. A column in which every row is zero or empty is left out.
    ///
    /// - Throws: ``DamagedColumn`` if a resource cannot be decoded, which the sink's validation rules out.
    init(_ block: Block) throws(DamagedColumn) {
        fingerprints = Fingerprints.of(block.dictionaries[BlockSchema.Dictionary.traceID].strings)
        columns = Self.numberColumns(block) + Self.dictionaryColumns(block) + Self.listColumns(block)
        let used = block.attributes.indices.filter { !block.attributes[$0].ids.isEmpty }
        let keys = used.map { (name: block.keys.string($0), number: $0) }
        for (name, number) in keys {
            columns.append(Self.column(BlockColumn.attribute(number), name, block.attributes[number]))
        }
        if !block.overflow.ids.isEmpty {
            columns.append(Self.column(BlockColumn.overflow, "overflow", block.overflow))
        }
        columns.append(Fingerprints.column(fingerprints))
        let resources = try block.dictionaries[BlockSchema.Dictionary.resource].strings.resources()
        let times = block.numbers[BlockSchema.Number.time]
        header = BlockHeader(
            signal: block.schema.signal,
            rowCount: block.rowCount,
            times: (times.min() ?? 0)...(times.max() ?? 0),
            byteCount: columns.reduce(0) { $0 + $1.data.count },
            services: Set(resources.map(\.serviceName)).sorted(),
            keys: keys,
            resourceKeys: Set(resources.flatMap { $0.attributes.map(\.key) }).sorted(),
            hasOverflow: !block.overflow.ids.isEmpty
        )
    }

    private static func numberColumns(_ block: Block) -> [StoredColumn] {
        zip(block.schema.numbers, block.numbers).enumerated().compactMap { index, column in
            let (description, values) = column
            let isConstant = values.allSatisfy { $0 == values.first }
            if isConstant, values.first == 0 { return nil }
            let encoding = isConstant ? .constant : description.encoding
            return StoredColumn(
                position: BlockColumn.number(index),
                name: description.name,
                encoding: encoding.rawValue,
                valueCount: values.count,
                raw: encoding.encode(values),
                // Random ids do not compress.
                compressing: encoding != .fixed
            )
        }
    }

    private static func dictionaryColumns(_ block: Block) -> [StoredColumn] {
        zip(block.schema.dictionaries, block.dictionaries).enumerated().compactMap { index, column in
            let (name, values) = column
            if values.strings.count == 1, values.strings.bytes.isEmpty { return nil }
            return Self.column(BlockColumn.dictionary(index), name, values)
        }
    }

    private static func listColumns(_ block: Block) -> [StoredColumn] {
        zip(block.schema.lists, block.lists).enumerated().compactMap { index, column in
            let (name, values) = column
            if values.bytes.isEmpty { return nil }
            var raw: [UInt8] = []
            values.serialize(into: &raw)
            return StoredColumn(
                position: BlockColumn.list(index),
                name: name,
                encoding: StoredColumn.stringsEncoding,
                valueCount: values.count,
                raw: raw,
                compressing: true
            )
        }
    }

    private static func column(_ position: Int, _ name: String, _ values: DictionaryColumn) -> StoredColumn {
        StoredColumn(
            position: position,
            name: name,
            encoding: StoredColumn.dictionaryEncoding,
            valueCount: values.ids.count,
            raw: values.encode(),
            compressing: true
        )
    }
}
