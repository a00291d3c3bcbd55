import ClewModel
import ClewWire

/// Finds the rows of one block that meet conditions on attributes.
///
/// The conditions decide once per distinct value: a row costs a look at its shape and a look at a table.
struct AttributeFilter {
    private let conditions: [AttributeCondition]
    private let reader: BlockReader

    init(_ conditions: [AttributeCondition], _ reader: BlockReader) {
        self.conditions = conditions
        self.reader = reader
    }

    func apply(to rows: inout RowSelection) throws {
        for condition in conditions where !rows.isEmpty {
            var values = try AttributeValues([condition.key], reader)
            let resources = try Verdicts.ofResources(condition, reader)
            var verdicts = Verdicts(condition)
            try rows.keep { row in
                guard let place = values.place(of: 0, row) else { return resources[row] }
                return try verdicts.verdict(place, values)
            }
        }
    }
}

/// What a condition said about the values seen so far.
private struct Verdicts {
    private let condition: AttributeCondition
    private var known: [AttributeValues.Place: Bool] = [:]

    init(_ condition: AttributeCondition) {
        self.condition = condition
    }

    mutating func verdict(_ place: AttributeValues.Place, _ values: AttributeValues) throws -> Bool {
        if let verdict = known[place] { return verdict }
        let verdict = condition.matches(try values.value(at: place))
        known[place] = verdict
        return verdict
    }

    /// Says of a row whose own attributes lack the key whether its resource meets the condition.
    static func ofResources(_ condition: AttributeCondition, _ reader: BlockReader) throws -> ResourceVerdicts {
        let column = try reader.dictionary(BlockSchema.Dictionary.resource)
        let verdicts = try column.strings.resources().map { condition.matches($0.attributes[condition.key]) }
        return ResourceVerdicts(ids: column.ids, verdicts: verdicts)
    }
}

private struct ResourceVerdicts {
    let ids: [UInt32]
    let verdicts: [Bool]

    subscript(row: Int) -> Bool { verdicts[Int(ids[row])] }
}
