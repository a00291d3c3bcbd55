/// The parts of `clew journey --json` that tests read.
struct JourneyAnswer: Decodable, Sendable {
    struct Order: Decodable, Sendable {
        var id: String
        var state: String?
    }

    struct Saga: Decodable, Sendable {
        var name: String
        var state: String
        var runs: Int
        var failedStep: String?
        var failure: String?
        var undone: [String]
    }

    struct Step: Decodable, Sendable {
        var number: Int
        var kind: String
        var service: String
        var operation: String
        var peer: String?
        var waited: UInt64?
        var isError: Bool
        var attempt: Int?
        var batchSize: Int?
        var messageType: String?
        var sagaStep: String?
        var undoes: Int?
    }

    struct Pending: Decodable, Sendable {
        var kind: String
        var name: String
    }

    /// The services that hear of every event of an order; the digest does too, many at once.
    private static let listeners = ["notifications", "order-history", "recommendations", "shipping"]

    var outcome: String
    var orders: [Order]
    var sagas: [Saga]
    var steps: [Step]
    var pending: [Pending]

    func saga(_ name: String) -> Saga? { sagas.first { $0.name == name } }

    /// The steps of a kind.
    func all(_ kind: String) -> [Step] { steps.filter { $0.kind == kind } }

    /// The steps that a saga has done or tried, in the order of time.
    var sagaSteps: [String] { all("sagaStep").compactMap(\.sagaStep) }

    /// Whether a service has handled an event.
    func has(_ event: String, at service: String) -> Bool {
        steps.contains { $0.kind == "processed" && $0.messageType == event && $0.service == service }
    }

    /// Whether the checkout's end has arrived, all have handled these events, and nothing is on its way.
    func hasReachedAll(_ events: String...) -> Bool {
        guard pending.isEmpty, let checkout = saga("checkout"), checkout.state != "running" else { return false }
        return events.allSatisfy { event in Self.listeners.allSatisfy { has(event, at: $0) } }
    }
}
