import ClewModel

/// A request with an idempotency key that was executed more than once: the customer is charged twice.
struct DuplicateExecution: AuditDetector {
    static let rule = AuditRule(
        name: "duplicate-execution",
        title: "duplicate execution",
        severity: .high,
        detection: """
            One operation is executed more than once under one `clew.idempotency.key`: its outcome is `executed` \
            twice, or it has none and the request succeeded, or wrote a database before it failed. Or one `order.id` \
            is executed by one operation under several keys. At least `keys` keys or orders.
            """,
        harm: "A repeated request, as every retry is, repeats its effect: money is taken or goods are sent twice.",
        refutation: "The second execution changed nothing, or an order may well be charged in several parts.",
        advice: """
            Store the key with the answer in the transaction of the effect, and answer a known key from there; make \
            the key of the business operation, not of the attempt.
            """,
        parameters: [.init("keys", 1, "keys or orders that were executed more than once")])

    private struct Subject: Hashable {
        var operation: ServiceOperation
        /// An idempotency key or an order.
        var id: String
    }

    private struct Order {
        /// More keys of one order do not make it any clearer.
        static let maximumKeys = 8

        private struct Execution {
            var start: UnixNanoseconds
            var evidence: Finding.Evidence

            func precedes(_ other: Execution) -> Bool {
                start != other.start ? start < other.start : evidence.precedes(other.evidence)
            }
        }

        private var keys = FewNames(capacity: Self.maximumKeys)
        /// The first execution under each key.
        private var first: [String: Execution] = [:]

        mutating func add(_ key: String, at start: UnixNanoseconds, _ evidence: Finding.Evidence?) {
            keys.insert(key)
            guard keys.all.contains(key), let evidence else { return }
            let execution = Execution(start: start, evidence: evidence)
            if let known = first[key], !execution.precedes(known) { return }
            first[key] = execution
            if first.count > Self.maximumKeys { first = first.filter { keys.all.contains($0.key) } }
        }

        var executions: Executions {
            var executions = Executions()
            for execution in first.values { executions.add(.possible, at: execution.start, execution.evidence) }
            return executions
        }
    }

    /// One request that brought a key.
    private struct Request {
        var entry: Int
        var key: String
        var outcome: String?
        var order: String?
    }

    private let minimum: Int
    private var keys = BoundedTable<Subject, Executions>()
    private var orders = BoundedTable<Subject, Order>()

    init(_ settings: AuditSettings) {
        minimum = max(1, settings.count("keys", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        let requests = Self.requests(trace)
        guard !requests.isEmpty else { return }
        let work = DatabaseWork(trace)
        // A service that hands a key on leaves it to the one that knows what to do with it.
        let decided = Set(requests.lazy.filter { $0.outcome != nil }.map(\.key))
        for request in requests where request.outcome != nil || !decided.contains(request.key) {
            count(request, Self.effect(request, trace, work), trace)
        }
    }

    private mutating func count(_ request: Request, _ effect: Finding.Confidence?, _ trace: AuditTrace) {
        let operation = trace.operation(request.entry)
        let start = trace.spans[request.entry].summary.start
        keys.update(Subject(operation: operation, id: request.key), initial: Executions()) {
            guard let effect else { return }
            let note = "key \(request.key), \(request.outcome ?? "no outcome")"
            $0.add(effect, at: start, trace.evidence([request.entry], note))
        }
        guard let order = request.order, effect != nil else { return }
        orders.update(Subject(operation: operation, id: order), initial: Order()) {
            $0.add(request.key, at: start, trace.evidence([request.entry], "order \(order), key \(request.key)"))
        }
    }

    /// How sure it is that a request was executed; `nil` where it was not.
    private static func effect(_ request: Request, _ trace: AuditTrace, _ work: DatabaseWork) -> Finding.Confidence? {
        if let outcome = request.outcome { return outcome == "executed" ? .certain : nil }
        let below = work.below(request.entry, of: trace)
        if below.writes > 0 { return .likely }
        let isRefused = trace.status(request.entry).map { $0 >= 400 } ?? false
        guard !trace.isError(request.entry), !isRefused else { return nil }
        return below.calls == below.unknown ? .possible : nil
    }

    /// The requests that brought a key; it may be on several spans of one, each with a part of what is known.
    private static func requests(_ trace: AuditTrace) -> [Request] {
        var requests: [Request] = []
        var places: [String: Int] = [:]
        let keyed = trace.indices.filter {
            trace.kind($0) != .client && trace.kind($0) != .producer
                && trace.spans[$0].string(SemanticConventions.idempotencyKey)?.isEmpty == false
        }
        guard !keyed.isEmpty else { return [] }
        let entries = trace.entries()
        for index in keyed {
            let (span, entry) = (trace.spans[index], entries[index])
            guard let key = span.string(SemanticConventions.idempotencyKey) else { continue }
            let place = places["\(entry) \(key)"] ?? requests.count
            if place == requests.count {
                places["\(entry) \(key)"] = place
                let order = trace.spans[entry].string(SemanticConventions.orderID)
                requests.append(Request(entry: entry, key: key, order: order))
            }
            requests[place].outcome = requests[place].outcome ?? span.string(SemanticConventions.idempotencyOutcome)
            requests[place].order = requests[place].order ?? span.string(SemanticConventions.orderID)
        }
        return requests
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        var byKey: [ServiceOperation: Executions.Repetitions] = [:]
        for (subject, executions) in keys.values { byKey[subject.operation, default: .init()].add(executions) }
        var byOrder: [ServiceOperation: Executions.Repetitions] = [:]
        for (subject, order) in orders.values { byOrder[subject.operation, default: .init()].add(order.executions) }
        byKey = byKey.filter { $0.value.occurrences >= minimum }
        // Where keys are ignored, what orders tell beside it is no second matter.
        byOrder = byOrder.filter { $0.value.occurrences >= minimum && byKey[$0.key] == nil }
        return byKey.map { finding($0.key, $0.value, of: "idempotency keys", Self.reason($0.value.confidence)) }
            + byOrder.map { finding($0.key, $0.value, of: "orders", Self.reasonOfOrders) }
    }

    private static let reasonOfOrders = "the order is the same, but the keys differ, so that each may be meant"

    private func finding(
        _ operation: ServiceOperation, _ repetitions: Executions.Repetitions, of subject: String, _ reason: String
    ) -> Finding {
        Finding(
            rule: Self.rule, confidence: repetitions.confidence, place: operation.text,
            services: [operation.service],
            summary: """
                \(repetitions.occurrences) of \(repetitions.population) \(subject) were executed more than once, \
                \(repetitions.surplus) times too often
                """,
            occurrences: repetitions.occurrences, population: repetitions.population,
            cost: Finding.Cost(errors: repetitions.surplus), reason: reason, evidence: repetitions.evidence)
    }

    private static func reason(_ confidence: Finding.Confidence) -> String {
        switch confidence {
        case .certain: "the service itself says that it executed the same key twice"
        case .likely: "the service says nothing of the key, and wrote its database each time"
        case .possible: "the service says nothing of the key, and succeeded each time; what it changed is not visible"
        }
    }
}
