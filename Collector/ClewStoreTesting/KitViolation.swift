/// A rule of `TelemetryStore` that an engine broke.
public struct KitViolation: Error, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}

func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(KitViolation) {
    if !condition { throw KitViolation(message()) }
}

func requireEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, _ what: @autoclosure () -> String
) throws(KitViolation) {
    try require(found == expected, "\(what()): found \(found), expected \(expected)")
}

/// Compares without regard to order, counting duplicates.
func requireSame<Element: Hashable>(
    _ found: [Element], _ expected: [Element], _ what: @autoclosure () -> String
) throws(KitViolation) {
    var balance: [Element: Int] = [:]
    for element in expected { balance[element, default: 0] += 1 }
    for element in found { balance[element, default: 0] -= 1 }
    let missing = balance.first { $0.value > 0 }.map { "; missing: \($0.key)" } ?? ""
    let surplus = balance.first { $0.value < 0 }.map { "; surplus: \($0.key)" } ?? ""
    try require(
        balance.values.allSatisfy { $0 == 0 },
        "\(what()): found \(found.count), expected \(expected.count)\(missing)\(surplus)")
}
