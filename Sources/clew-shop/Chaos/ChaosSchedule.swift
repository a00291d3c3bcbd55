import ClewModel

/// What of a shop is killed when, known before it starts: each process twice, in an order and at moments that a seed
/// chooses.
struct ChaosSchedule: Sendable {
    struct Kill: Hashable, Sendable {
        var victim: ChaosVictim
        /// Since the start of the load.
        var due: Duration
        /// How long it stays away.
        var absence: Duration
    }

    static let killsOfEach = 2
    /// Milliseconds: from less than a heartbeat, which nobody but callers notice, to more than one.
    private static let absences = 200...3000

    let kills: [Kill]

    /// - Parameter duration: Of the load; the last kill leaves time for its victim to come back.
    init(_ victims: [ChaosVictim], duration: Duration, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let order = (0..<Self.killsOfEach).flatMap { _ in victims.shuffled(using: &random) }
        let interval = duration / Double(order.count + 1)
        kills = order.enumerated().map { index, victim in
            // Within its part of the time, so that two are seldom away at once.
            let moment = Double(index) + Double.random(in: 0..<1, using: &random)
            return Kill(
                victim: victim,
                due: interval * moment,
                absence: .milliseconds(Int.random(in: Self.absences, using: &random))
            )
        }
    }
}
