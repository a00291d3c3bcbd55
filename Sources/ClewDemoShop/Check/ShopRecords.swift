/// What a shop's services have stored, as far as their promises are about it.
struct ShopRecords: Sendable {
    struct Saga: Hashable, Sendable, CustomStringConvertible {
        var id: String
        var phase: String
        var step: String
        var reason: String?

        /// Whether nothing more happens by itself.
        var hasEnded: Bool { phase != "executing" && phase != "compensating" }

        var description: String { "\(id) at '\(step)'" + (reason.map { ": \($0)" } ?? "") }
    }

    struct Charge: Hashable, Sendable {
        var order: String
        var amountCents: Int
        var isRefunded = false
    }

    struct Stock: Hashable, Sendable {
        var product: String
        var initial: Int
        var available: Int
        /// What orders have of it.
        var reserved: Int
    }

    struct Queue: Hashable, Sendable {
        var topics: Set<String> = []
        /// Messages that wait or are in work.
        var depth = 0
        /// The ids of messages that were given up.
        var dead: Set<String> = []
        /// How many more were given up, whose ids the broker does not tell.
        var deadLetters = 0
    }

    var orders: [String: OrderAggregate] = [:]
    var sagas: [Saga] = []
    var charges: [Charge] = []
    /// `booked`, `cancelled` or `returned`, by order.
    var shipments: [String: String] = [:]
    var stock: [Stock] = []
    /// `reserved`, `released` or `restocked`, by order.
    var holders: [String: String] = [:]
    /// Rows that are not published, by service.
    var pending: [ServiceName: Int] = [:]
    /// The ids of the messages that there must have been, by topic.
    var told: [String: Set<String>] = [:]
    /// The ids of the messages that each consumer handled.
    var heard: [String: Set<String>] = [:]
    /// By name; `nil` where nothing is known of the broker.
    var queues: [String: Queue]?
    /// What is worth knowing of how the queues were looked at.
    var remarks: [String] = []
    /// Services whose file is there: they have run.
    var files: Set<ServiceName> = []
    /// Services whose file is not there, and has to be.
    var missing: [ServiceName] = []

    /// Whether nothing is on its way between services.
    var isQuiet: Bool {
        pending.values.allSatisfy { $0 == 0 } && queues?.values.allSatisfy { $0.depth == 0 } ?? false
    }

    var notes: [String] {
        guard let queues else {
            return ["there is no broker.sqlite: whether events were lost is known only with --broker, for RabbitMQ"]
        }
        let counts = queues.sorted { $0.key < $1.key }.flatMap { name, queue in
            [("wait", queue.depth), ("were given up", queue.dead.count + queue.deadLetters)].filter { $0.1 > 0 }
                .map { "\($0.1) messages of the queue '\(name)' \($0.0)" }
        }
        return remarks + counts
    }
}
