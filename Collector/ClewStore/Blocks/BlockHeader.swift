import ClewModel

/// What the catalogue knows of a block without reading its columns.
struct BlockHeader: Sendable {
    /// Row id in the `block` table; zero before it is stored.
    var id: Int64 = 0
    var signal: Signal
    var rowCount: Int
    /// Smallest and largest time of a row, both inclusive.
    var times: ClosedRange<UnixNanoseconds>
    /// Bytes of all columns as stored.
    var byteCount: Int
    var services: [String]
    /// Attribute keys that have a column, with their key numbers.
    var keys: [(name: String, number: Int)]
    var resourceKeys: [String]
    /// Whether some attributes lie in the overflow column, so that ``keys`` are not all keys.
    var hasOverflow: Bool
}

extension BlockHeader {
    /// Whether a row could meet the conditions, as far as the header knows.
    func mayMatch(service: String?, _ conditions: [AttributeCondition]) -> Bool {
        (service.map { services.contains($0) } ?? true) && conditions.allSatisfy(mayMatch)
    }

    private func mayMatch(_ condition: AttributeCondition) -> Bool {
        switch condition.scope {
        case .any: condition.meetsMissing || mayHave(condition.key) || resourceKeys.contains(condition.key)
        case .span, .log: condition.meetsMissing || mayHave(condition.key)
        case .resource: condition.meetsMissing || resourceKeys.contains(condition.key)
        case .scope, .event, .link: true
        }
    }

    private func mayHave(_ key: String) -> Bool { hasOverflow || keys.contains { $0.name == key } }
}
