import ClewModel

/// Which members of a shop are killed when, known before it starts: each one twice, in an order and at moments that a
/// seed chooses.
struct ChaosSchedule: Sendable {
    struct Kill: Hashable, Sendable {
        var member: FleetMember
        /// Since the start of the load.
        var due: Duration
        /// How long it stays away.
        var absence: Duration
    }

    static let killsOfEach = 2
    /// Milliseconds: from less than a heartbeat, which nobody but callers notice, to more than one.
    private static let absences = 200...3000

    let kills: [Kill]

    /// - Parameter duration: Of the load; the last kill leaves time for its member to come back.
    init(_ members: [FleetMember], duration: Duration, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let order = (0..<Self.killsOfEach).flatMap { _ in members.shuffled(using: &random) }
        let interval = duration / Double(order.count + 1)
        kills = order.enumerated().map { index, member in
            // Within its part of the time, so that two are seldom away at once.
            let moment = Double(index) + Double.random(in: 0..<1, using: &random)
            return Kill(
                member: member,
                due: interval * moment,
                absence: .milliseconds(Int.random(in: Self.absences, using: &random))
            )
        }
    }
}
