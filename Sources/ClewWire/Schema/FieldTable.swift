/// A field's JSON name as it stands in a text: with the quote behind it.
struct QuotedName: Sendable {
    var name: FieldName
    var mask: FieldName
    /// Bytes of the name without the quote.
    var length: Int
}

/// The whole schema laid out flat for transcoding: no message's arrays have to be fetched, and a name or a number is found
/// without a search.
struct FieldTable: Sendable {
    /// Where a message's parts are.
    private struct Message {
        var fields: Range<Int>
        /// In ``positions``.
        var numbers: Range<Int>
        /// In ``slots``: a power of two, at most a quarter of it in use.
        var slots: Range<Int>
    }

    private struct Slot {
        var name: FieldName
        /// -1 for a slot not in use.
        var position: Int
    }

    private let messages: [Message]
    private let fields: [FieldDescriptor]
    /// The names of ``fields``.
    private let quotedNames: [QuotedName]
    /// Each message's positions by field number, one message after another; -1 for none.
    private let positions: [Int8]
    /// A hash table with linear probing for each message, one after another.
    private let slots: [Slot]

    static let otlp = FieldTable(MessageDescriptor.all)

    private init(_ descriptors: [MessageDescriptor]) {
        var (messages, fields): ([Message], [FieldDescriptor]) = ([], [])
        var (quotedNames, positions, slots): ([QuotedName], [Int8], [Slot]) = ([], [], [])
        for descriptor in descriptors {
            var names: [(FieldName, Int)] = []
            for (position, field) in descriptor.fields.enumerated() {
                let (json, proto) = (descriptor.jsonNames[position], descriptor.protoNames[position])
                guard let quoted = FieldName(json + [UInt8(ascii: "\"")]) else {
                    preconditionFailure("'\(field.name)' of the schema is longer than FieldName takes")
                }
                quotedNames.append(QuotedName(name: quoted, mask: quoted.mask, length: json.count))
                names += [FieldName(json), FieldName(proto)].compactMap(\.self).map { ($0, position) }
            }
            let table = Self.table(names)
            messages.append(
                Message(
                    fields: fields.count..<(fields.count + descriptor.fields.count),
                    numbers: positions.count..<(positions.count + descriptor.positions.count),
                    slots: slots.count..<(slots.count + table.count)))
            fields += descriptor.fields
            positions += descriptor.positions
            slots += table
        }
        (self.messages, self.fields, self.quotedNames) = (messages, fields, quotedNames)
        (self.positions, self.slots) = (positions, slots)
    }

    private static func table(_ names: [(FieldName, Int)]) -> [Slot] {
        var size = 4
        while size < names.count * 4 { size *= 2 }
        var table = [Slot](repeating: Slot(name: FieldName(), position: -1), count: size)
        for (name, position) in names {
            var index = Int(truncatingIfNeeded: name.hash) & (size - 1)
            while table[index].position >= 0, table[index].name != name { index = (index + 1) & (size - 1) }
            table[index] = Slot(name: name, position: position)
        }
        return table
    }

    /// A message's field by its position in the order of the numbers.
    @inline(__always)
    func field(_ type: MessageType, _ position: Int) -> FieldDescriptor {
        fields[messages[type.rawValue].fields.lowerBound + position]
    }

    /// The JSON name of a message's field.
    @inline(__always)
    func quotedName(_ type: MessageType, _ position: Int) -> QuotedName {
        quotedNames[messages[type.rawValue].fields.lowerBound + position]
    }

    /// The position of a message's field with a number.
    @inline(__always)
    func position(_ type: MessageType, numbered number: UInt32) -> Int? {
        let range = messages[type.rawValue].numbers
        guard number < range.count else { return nil }
        let position = positions[range.lowerBound + Int(number)]
        return position < 0 ? nil : Int(position)
    }

    /// The length of the JSON name of a message's field if it is what the text has at an offset, with a quote behind it;
    /// `nil` also where there is no such position.
    @inline(__always)
    func nameLength(_ type: MessageType, _ position: Int, in text: RawSpan, at offset: Int) -> Int? {
        let range = messages[type.rawValue].fields
        let index = range.lowerBound + position
        guard index < range.upperBound, quotedNames[index].name.isPrefix(of: text, at: offset, quotedNames[index].mask)
        else { return nil }
        return quotedNames[index].length
    }

    /// The position of a message's field with a JSON or `.proto` name.
    func position(_ type: MessageType, named name: FieldName) -> Int? {
        let range = messages[type.rawValue].slots
        let mask = range.count - 1
        var index = Int(truncatingIfNeeded: name.hash) & mask
        // Ends: most slots are not in use.
        while true {
            let slot = slots[range.lowerBound + index]
            if slot.position < 0 { return nil }
            if slot.name == name { return slot.position }
            index = (index + 1) & mask
        }
    }
}
