/// Evidence and the service that it speaks against.
struct Charge: Sendable {
    var service: String
    var evidence: Suspect.Evidence
    /// Charges of one place are one: the strongest of them counts.
    var place: Place

    /// How strongly it speaks, in units of ``Suspect/score``.
    var weight: Double { evidence.effect }

    enum Place: Hashable, Sendable {
        case operation(Operation)
        case hop(Hop)
    }
}

/// Both windows, and what the sources of evidence share.
struct ExplainPair: Sendable {
    let before: ExplainSide
    let now: ExplainSide

    /// Fewer executions on either side say nothing.
    static let minimumExecutions = 5
    /// A way between two services is in every call between them, so that few calls say something.
    static let minimumCalls = 2

    /// A weight from which a charge is more than chance: what no window without a fault reached.
    static let notable = 0.4

    /// The share of spans that were lost on the side that lost more, 0...1.
    var loss: Double { max(before.loss, now.loss) }

    /// Whether an operation's executions do less work than they did: where they do as much or more, nothing is missing.
    func doesLess(_ operation: Operation) -> Bool {
        let (before, now) = (before.operations[operation], now.operations[operation])
        return (now?.meanDescendants ?? 0) < 0.95 * (before?.meanDescendants ?? 0)
    }

    func doesMore(_ operation: Operation) -> Bool {
        let (before, now) = (before.operations[operation], now.operations[operation])
        return (now?.meanDescendants ?? 0) > 1.05 * (before?.meanDescendants ?? 0) + 0.05
    }

    /// Executions of an operation on both sides; `nil` where they are too few.
    func executions(_ operation: Operation) -> (before: Int, now: Int)? {
        let counts = (before.operations[operation]?.count ?? 0, now.operations[operation]?.count ?? 0)
        return min(counts.0, counts.1) >= Self.minimumExecutions ? counts : nil
    }
}
