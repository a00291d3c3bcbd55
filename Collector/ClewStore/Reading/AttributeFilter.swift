import ClewModel

/// Finds the rows of one block that meet conditions on attributes.
///
/// Each condition is first asked of the distinct values alone. A block in which no value meets it is left without a look
/// at its rows; otherwise a row costs a look at its number and a look at a table.
struct AttributeFilter {
    /// What a condition said of the distinct values.
    private enum Verdicts {
        case all
        case none
        /// By number in a column: resource or scope.
        case column([UInt32], [Bool])
        /// By number of the key's value; the first is of no meaning. Where the key is missing, the others decide.
        indirect case own(KeyColumns, [Bool], missing: Verdicts)
        case list(ListTest)
    }

    private var verdicts: [Verdicts] = []
    private let reader: BlockReader
    /// Whether no row can meet all conditions.
    let isHopeless: Bool

    init(_ conditions: [AttributeCondition], _ reader: BlockReader, _ resources: inout BlockResources) throws {
        self.reader = reader
        var overflow: DictionaryColumn?
        for condition in conditions {
            if overflow == nil, reader.header.hasOverflow { overflow = try reader.overflow() }
            let verdict = try Self.verdicts(condition, reader, overflow, &resources)
            if case .none = verdict {
                isHopeless = true
                return
            }
            verdicts.append(verdict)
        }
        isHopeless = false
    }

    func apply(to rows: inout RowSelection) throws {
        for verdict in verdicts where !rows.isEmpty { try apply(verdict, to: &rows) }
    }

    private func apply(_ verdicts: Verdicts, to rows: inout RowSelection) throws {
        switch verdicts {
        case .all: break
        case .none: rows.removeAll()
        case .column(let numbers, let verdicts): rows.keep(numbers, verdicts)
        case .own(let key, let verdicts, let missing):
            let numbers = try key.numbers(reader)
            switch missing {
            case .column(let others, let otherVerdicts):
                rows.keep { row in
                    let number = Int(numbers[row])
                    return number == 0 ? otherVerdicts[Int(others[row])] : verdicts[number]
                }
            case .all: rows.keep { numbers[$0] == 0 || verdicts[Int(numbers[$0])] }
            default: rows.keep { verdicts[Int(numbers[$0])] }
            }
        case .list(var test):
            let messages = try reader.list(test.list)
            try rows.keep { try test.meets(messages, $0) }
        }
    }
}

// MARK: - Verdicts

extension AttributeFilter {
    private static func verdicts(
        _ condition: AttributeCondition, _ reader: BlockReader, _ overflow: DictionaryColumn?,
        _ resources: inout BlockResources
    ) throws -> Verdicts {
        let missing: Verdicts = condition.meetsMissing ? .all : .none
        let isLog = reader.header.signal == .logs
        switch condition.scope {
        case .any: return try own(condition, reader, overflow, missing: ofResources(condition, reader, &resources))
        case .span: return isLog ? missing : try own(condition, reader, overflow, missing: missing)
        case .log: return isLog ? try own(condition, reader, overflow, missing: missing) : missing
        case .resource: return try ofResources(condition, reader, &resources)
        case .scope:
            let column = try reader.dictionary(BlockSchema.Dictionary.scope)
            let verdicts = try column.strings.scopes().map { condition.matches(condition.value(of: $0)) }
            return summary(column.ids, verdicts)
        case .event where isLog, .link where isLog: return condition.comparison == .missing ? .all : .none
        case .event, .link: return .list(ListTest(condition))
        }
    }

    private static func own(
        _ condition: AttributeCondition, _ reader: BlockReader, _ overflow: DictionaryColumn?, missing: Verdicts
    ) throws -> Verdicts {
        if case .none = missing, condition.comparison == .equal,
            try !reader.mayHold(condition.value, of: condition.key)
        {
            return .none
        }
        let key = try KeyColumns(condition.key, reader, overflow: overflow)
        if key.isEmpty { return missing }
        var test = ValueTest(condition)
        let verdicts = try key.verdicts(&test)
        switch missing {
        case .none where !verdicts.contains(true): return .none
        case .all where !verdicts.dropFirst().contains(false): return .all
        default: return .own(key, verdicts, missing: missing)
        }
    }

    private static func ofResources(
        _ condition: AttributeCondition, _ reader: BlockReader, _ resources: inout BlockResources
    ) throws -> Verdicts {
        guard reader.header.resourceKeys.contains(condition.key) else { return condition.meetsMissing ? .all : .none }
        let verdicts = try resources.all().map { condition.matches($0.attributes[condition.key]) }
        return summary(try reader.dictionary(BlockSchema.Dictionary.resource).ids, verdicts)
    }

    private static func summary(_ numbers: [UInt32], _ verdicts: [Bool]) -> Verdicts {
        if !verdicts.contains(true) { return .none }
        return verdicts.contains(false) ? .column(numbers, verdicts) : .all
    }
}

/// The resources of a block, decoded once, when they are first needed.
struct BlockResources {
    private let reader: BlockReader
    private var decoded: [Resource]?

    init(_ reader: BlockReader) {
        self.reader = reader
    }

    /// By number.
    mutating func all() throws -> [Resource] {
        if let decoded { return decoded }
        let resources = try reader.dictionary(BlockSchema.Dictionary.resource).strings.resources()
        decoded = resources
        return resources
    }
}
