import ClewModel

/// Numbers for what a window names, so that its statistics are found by comparing integers.
struct ExplainNames: Sendable {
    private(set) var operations: [Operation] = []
    /// A hash of each operation's names, the same in every window and process.
    private(set) var hashes: [UInt64] = []
    private(set) var places: [ExplainSpan.Place] = []
    private(set) var texts: [String] = []
    /// Names that found no room.
    private(set) var dropped = 0
    private var operationNumbers: [Operation: Int32] = [:]
    private var placeNumbers: [ExplainSpan.Place: Int32] = [:]
    private var textNumbers: [String: Int32] = [:]

    private static let maximumOperations = 20_000
    private static let maximumPlaces = 10_000
    private static let maximumTexts = 20_000

    /// `nil` where there is no room.
    mutating func number(of operation: Operation) -> Int32? {
        if let number = operationNumbers[operation] { return number }
        guard operations.count < Self.maximumOperations else {
            dropped += 1
            return nil
        }
        let number = Int32(operations.count)
        operationNumbers[operation] = number
        operations.append(operation)
        hashes.append(Self.hash(operation.service, Self.hash(operation.name, 0)))
        return number
    }

    mutating func number(of place: ExplainSpan.Place) -> Int32? {
        if let number = placeNumbers[place] { return number }
        guard places.count < Self.maximumPlaces else {
            dropped += 1
            return nil
        }
        let number = Int32(places.count)
        placeNumbers[place] = number
        places.append(place)
        return number
    }

    /// Of the target of a hop, or a log pattern.
    mutating func number(of text: String) -> Int32? {
        if let number = textNumbers[text] { return number }
        guard texts.count < Self.maximumTexts else {
            dropped += 1
            return nil
        }
        let number = Int32(texts.count)
        textNumbers[text] = number
        texts.append(text)
        return number
    }

    private static func hash(_ text: String, _ seed: UInt64) -> UInt64 {
        text.utf8.reduce(SplitMix64.mix(seed)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
