/// `user.id`s of a fixed width, which a request template can renew in place.
struct UserNumbers: Hashable, Sendable {
    let cardinality: Int

    /// Digits of the largest number.
    var width: Int { String(max(0, cardinality - 1)).utf8.count }

    /// What stands in a template for an id: `@` occurs nowhere else in a workload.
    var placeholder: String { "u" + String(repeating: "@", count: width) }

    /// A number below the cardinality.
    func number(_ random: UInt64) -> UInt64 { random % UInt64(max(1, cardinality)) }
}
