import ClewModel

/// The pieces of evidence that weigh most, whatever the order in which they came.
struct WorstEvidence: Sendable {
    private typealias Item = (weight: UInt64, evidence: Finding.Evidence)

    private var kept: [Item] = []

    /// The heaviest first.
    var all: [Finding.Evidence] { kept.map(\.evidence) }

    /// Makes the evidence only where its weight may be among the greatest.
    mutating func add(_ weight: UInt64, _ evidence: @autoclosure () -> Finding.Evidence?) {
        if kept.count == Finding.maximumEvidence, let last = kept.last, last.weight > weight { return }
        guard let evidence = evidence() else { return }
        let item = (weight: weight, evidence: evidence)
        kept.insert(item, at: kept.firstIndex { Self.precedes(item, $0) } ?? kept.count)
        if kept.count > Finding.maximumEvidence { kept.removeLast() }
    }

    mutating func merge(_ other: WorstEvidence) {
        for item in other.kept { add(item.weight, item.evidence) }
    }

    private static func precedes(_ left: Item, _ right: Item) -> Bool {
        if left.weight != right.weight { return left.weight > right.weight }
        return left.evidence.precedes(right.evidence)
    }
}
