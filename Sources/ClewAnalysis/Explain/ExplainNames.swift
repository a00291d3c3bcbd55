import ClewModel

/// Numbers for what a window names, so that its statistics are found by comparing integers.
struct ExplainNames: Sendable {
    private(set) var operations = Numbering<Operation>(capacity: 20_000)
    /// A hash of each operation's names, the same in every window and process.
    private(set) var hashes: [UInt64] = []
    var places = Numbering<ExplainSpan.Place>(capacity: 10_000)
    /// Of hops.
    var targets = Numbering<String>(capacity: 20_000)
    var patterns = Numbering<String>(capacity: 20_000)

    /// `nil` where there is no room.
    mutating func number(of operation: Operation) -> Int32? {
        let number = operations.number(of: operation)
        if hashes.count < operations.names.count {
            hashes.append(Self.hash(operation.service, Self.hash(operation.name, 0)))
        }
        return number
    }

    /// Names that found no room.
    var dropped: Int { operations.dropped + places.dropped + targets.dropped + patterns.dropped }

    private static func hash(_ text: String, _ seed: UInt64) -> UInt64 {
        text.utf8.reduce(SplitMix64.mix(seed)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// Numbers names in the order in which they come, up to a bound.
struct Numbering<Name: Hashable & Sendable>: Sendable {
    /// By their numbers.
    private(set) var names: [Name] = []
    /// Names past the bound.
    private(set) var dropped = 0
    private var numbers: [Name: Int32] = [:]
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// `nil` where there is no room.
    mutating func number(of name: Name) -> Int32? {
        if let number = numbers[name] { return number }
        guard names.count < capacity else {
            dropped += 1
            return nil
        }
        let number = Int32(names.count)
        numbers[name] = number
        names.append(name)
        return number
    }
}
