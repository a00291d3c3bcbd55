/// Operations that fail or complain, and what that explains in those who call them.
///
/// A caller waits between its retries, writes that its callee failed, and has nothing to do after that: as long as the
/// callee's failures are half as strong as what speaks against the caller, they are the reason.
struct Failing {
    private let pair: ExplainPair
    private let strengths: [Operation: Double]
    /// Per operation, those of other services that it calls itself or in steps of its own service.
    private var callees: [Operation: Set<Operation>] = [:]

    init(_ pair: ExplainPair, _ charges: [Charge]) {
        self.pair = pair
        var strengths: [Operation: Double] = [:]
        for charge in charges where charge.evidence.kind == .errors || charge.evidence.kind == .newLogPattern {
            guard case .operation(let operation) = charge.place, charge.weight >= ExplainPair.notable else { continue }
            strengths[operation] = max(strengths[operation] ?? 0, charge.weight)
        }
        self.strengths = strengths
        guard !strengths.isEmpty else { return }
        let direct = Dictionary(grouping: pair.now.calls.keys, by: \.operation)
            .mapValues { $0.map(\.call.performer) }
        for operation in direct.keys { callees[operation] = Self.callees(of: operation, direct) }
    }

    private static func callees(of operation: Operation, _ direct: [Operation: [Operation]]) -> Set<Operation> {
        var (callees, steps): (Set<Operation>, Set<Operation>) = ([], [operation])
        var next = [operation]
        while let step = next.popLast() {
            for performer in direct[step] ?? [] {
                if performer.service != operation.service {
                    callees.insert(performer)
                } else if steps.insert(performer).inserted {
                    next.append(performer)
                }
            }
        }
        return callees
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
            callee.service != charge.service && (strengths[callee] ?? 0) >= charge.weight / 2
        } ?? false
    }
}
