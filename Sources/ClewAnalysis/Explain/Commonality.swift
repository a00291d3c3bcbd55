/// What the deviating executions of one place have in common: one version, instance or host, and no other.
struct Commonality {
    private let pair: ExplainPair
    private let charge: Charge

    init(_ pair: ExplainPair, _ charge: Charge) {
        self.pair = pair
        self.charge = charge
    }

    /// As `service.version = 2.1.0`, one for each attribute that tells them apart; empty where all deviate.
    var places: [String] {
        let shares = shares()
        return Dictionary(grouping: shares, by: \.place.key).sorted { $0.key < $1.key }.compactMap { key, shares in
            // A value by itself has nothing to be told apart from.
            guard shares.count > 1 else { return nil }
            let sorted = shares.sorted { ($1.deviation, $0.place.value) < ($0.deviation, $1.place.value) }
            guard let first = sorted.first, let second = sorted.dropFirst().first, first.deviation > Self.notable,
                second.deviation < first.deviation / 4
            else { return nil }
            return "\(key) = \(first.place.value)"
        }
    }

    /// Less than this factor of e is no deviation: a fifth.
    private static let notable = 0.2

    private struct Deviation {
        var place: ExplainSpan.Place
        var deviation: Double
    }

    private func shares() -> [Deviation] {
        switch charge.place {
        case .hop(let hop):
            guard let before = pair.before.hops[hop], let now = pair.now.hops[hop] else { return [] }
            let usual = LogMoments(before.durations, floor: Self.floor).mean
            return now.places.compactMap { place, durations in
                let moments = LogMoments(durations, floor: Self.floor)
                guard moments.count >= Double(ExplainPair.minimumExecutions) else { return nil }
                return Deviation(place: pair.now.places[Int(place)], deviation: moments.mean - usual)
            }
        case .operation(let operation):
            guard charge.evidence.kind == .errors, let now = pair.now.operations[operation] else { return [] }
            let usual = charge.evidence.before
            return now.places.compactMap { place, counts in
                guard counts.count >= ExplainPair.minimumExecutions else { return nil }
                return Deviation(
                    place: pair.now.places[Int(place)], deviation: Double(counts.errors) / Double(counts.count) - usual)
            }
        }
    }

    /// Nanoseconds: durations below are equal.
    private static let floor = 100_000.0
}
