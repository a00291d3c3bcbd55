/// Operations that fail or complain, and what that explains in those who call them.
///
/// A caller waits between its retries, writes that its callee failed, and has nothing to do after that: as long as the
/// callee's failures are half as strong as what speaks against the caller, they are the reason.
struct Failing {
    private let strengths: [Operation: Double]
    /// Per operation, the failing ones of other services that it calls itself or in steps of its own service: the
    /// strongest of the two services that fail most.
    private var callees: [Operation: [(service: String, strength: Double)]] = [:]

    init(_ pair: ExplainPair, _ charges: [Charge]) {
        var strengths: [Operation: Double] = [:]
        for charge in charges where charge.evidence.kind == .errors || charge.evidence.kind == .newLogPattern {
            guard case .operation(let operation) = charge.place, charge.weight >= ExplainPair.notable else { continue }
            strengths[operation] = max(strengths[operation] ?? 0, charge.weight)
        }
        self.strengths = strengths
        guard !strengths.isEmpty else { return }
        let callers = Dictionary(grouping: pair.now.calls.keys, by: \.call.performer)
            .mapValues { $0.map(\.operation) }
        let strongestFirst = strengths.sorted {
            ($1.value, $0.key.service, $0.key.name) < ($0.value, $1.key.service, $1.key.name)
        }
        for (operation, strength) in strongestFirst { addCallers(of: operation, strength, callers) }
    }

    /// Goes from a failing operation to its callers, and through steps of their own services to theirs.
    private mutating func addCallers(
        of failing: Operation, _ strength: Double, _ callers: [Operation: [Operation]]
    ) {
        var next = (callers[failing] ?? []).filter { $0.service != failing.service }
        while let operation = next.popLast() {
            let known = callees[operation] ?? []
            // Two decide: one may be the caller's own suspect, and weaker ones explain no more.
            guard known.count < 2, !known.contains(where: { $0.service == failing.service }) else { continue }
            callees[operation] = known + [(failing.service, strength)]
            next += (callers[operation] ?? []).filter { $0.service == operation.service }
        }
    }

    /// Whether an operation fails or complains more than chance brings about.
    func contains(_ operation: Operation) -> Bool { strengths[operation] != nil }

    /// Whether a failing callee is the reason for a charge.
    func explains(_ charge: Charge) -> Bool {
        let operation: Operation
        switch (charge.evidence.kind, charge.place) {
        case (.newLogPattern, .operation(let place)): operation = place
        case (.ownTime, .hop(let hop)), (.stalls, .hop(let hop)):
            operation = Operation(service: hop.service, name: hop.operation)
        default: return false
        }
        return callees[operation]?.contains { callee in
            callee.service != charge.service && callee.strength >= charge.weight / 2
        } ?? false
    }
}
