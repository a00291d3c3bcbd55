import Testing

@testable import ClewDemoShop

@Suite("The audit of a shop's files")
struct ShopAuditTests {
    typealias Kind = ShopAudit.Report.Problem.Kind

    private static func order(_ id: String, _ events: [OrderAggregate.Event]) -> OrderAggregate {
        let placement = OrderAggregate.Placement(
            id: id, customer: "c-001", lines: [.init(product: "p-01", quantity: 2)], totalCents: 1600, placedAt: 1)
        return ([.placed(placement)] + events).reduce(into: OrderAggregate()) { $0.apply($1) }
    }

    /// One order that was confirmed, and one that was refused after its charge.
    private static var sound: ShopRecords {
        var records = ShopRecords()
        let refusal = OrderAggregate.Event.ended(state: .refused, reason: "out of stock")
        records.orders = ["o-1": order("o-1", [.confirmed]), "o-2": order("o-2", [refusal])]
        records.sagas = [
            .init(id: "o-1/checkout", phase: "completed", step: ""),
            .init(id: "o-2/checkout", phase: "compensated", step: "", reason: "409 out of stock"),
        ]
        records.charges = [
            .init(order: "o-1", amountCents: 1600), .init(order: "o-2", amountCents: 1600, isRefunded: true),
        ]
        records.shipments = ["o-1": "booked", "o-2": "cancelled"]
        records.stock = [.init(product: "p-01", initial: 10, available: 8, reserved: 2)]
        records.holders = ["o-1": "reserved", "o-2": "released"]
        records.pending = [.orders: 0, .payments: 0]
        records.told = ["orders": ["o-1/OrderPlaced", "o-1/OrderConfirmed", "o-2/OrderPlaced", "o-2/OrderCancelled"]]
        records.heard = ["shipping": records.told["orders"] ?? []]
        records.queues = ["shipping": .init(topics: ["orders"])]
        return records
    }

    struct Break: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: Kind
        let apply: @Sendable (inout ShopRecords) -> Void

        init(_ text: String, _ kind: Kind, _ apply: @escaping @Sendable (inout ShopRecords) -> Void) {
            testDescription = text
            self.kind = kind
            self.apply = apply
        }
    }

    static let breaks = [
        Break("a second charge", .chargedTwice) { $0.charges.append(.init(order: "o-1", amountCents: 1600)) },
        Break("another amount", .wrongAmount) { $0.charges[0].amountCents = 1 },
        Break("a charge that is not paid back", .chargedForNothing) { $0.charges[1].isRefunded = false },
        Break("a charge of no order", .chargedForNothing) { $0.charges.append(.init(order: "o-9", amountCents: 1)) },
        Break("a shipment without a charge", .shippedUnpaid) { $0.charges.removeFirst() },
        Break("an item too many", .wrongStock) { $0.stock[0].available += 1 },
        Break("more than a number holds", .wrongStock) { $0.stock[0].initial = .min },
        Break("stock of a refused order", .wrongStock) { $0.holders["o-2"] = "reserved" },
        Break("a saga that was left", .unfinishedSaga) { $0.sagas[1].phase = "compensating" },
        Break("a pending order without a saga", .unfinishedSaga) { $0.orders["o-3"] = Self.order("o-3", []) },
        Break("a return that nobody goes on with", .unfinishedSaga) {
            $0.orders["o-1"] = Self.order("o-1", [.confirmed, .returnRequested])
        },
        Break("a full outbox", .unpublishedEvent) { $0.pending[.orders] = 3 },
        Break("an event that never came", .lostEvent) { $0.heard["shipping"]?.remove("o-1/OrderConfirmed") },
        Break("an event that was given up", .lostEvent) {
            $0.heard["shipping"]?.remove("o-1/OrderConfirmed")
            $0.queues?["shipping"]?.dead = ["o-1/OrderConfirmed"]
        },
        Break("a missing file", .unreadable) { $0.missing = [.payments] },
    ]

    @Test("a shop that kept its promises is sound")
    func sound() {
        let report = ShopAudit.audit(Self.sound)
        #expect(report.problems == [])
        #expect(report.description == "2 orders (1 confirmed, 1 refused): every promise was kept")
    }

    @Test("each promise that is broken is told, and no other", arguments: breaks)
    func broken(_ broken: Break) {
        var records = Self.sound
        broken.apply(&records)
        let report = ShopAudit.audit(records)
        #expect(!report.isSound)
        #expect(Set(report.problems.map(\.kind)) == [broken.kind])
        #expect(report.description.contains("broken: \(broken.kind.rawValue)"))
    }

    @Test("a parked saga is listed, and what its order has is no fault")
    func parked() {
        var records = Self.sound
        records.orders["o-2"] = Self.order("o-2", [.ended(state: .failed, reason: "payments is down")])
        records.sagas[1] = .init(id: "o-2/checkout", phase: "parked", step: "charge", reason: "payments is down")
        records.charges[1].isRefunded = false
        records.told["orders"]?.remove("o-2/OrderCancelled")
        let report = ShopAudit.audit(records)
        #expect(report.problems == [])
        #expect(report.parked == ["o-2/checkout at 'charge': payments is down"])
    }

    @Test("a consumer that has not come so far has lost nothing")
    func waiting() {
        var records = Self.sound
        records.heard["shipping"] = []
        records.queues?["shipping"]?.depth = 4
        let report = ShopAudit.audit(records)
        #expect(report.problems == [])
        #expect(report.notes == ["4 messages of the queue 'shipping' wait"])
    }

    @Test("without the broker's file nothing is said of lost events")
    func otherBroker() {
        var records = Self.sound
        records.queues = nil
        records.heard = [:]
        #expect(ShopAudit.audit(records).isSound)
        #expect(ShopAudit.audit(records).notes.count == 1)
    }

    /// The sound shop with a broker that keeps no file, of which three services have run.
    private static func foreign(_ answer: Result<[Subscription: QueueCounts], ShopError>) -> ShopRecords {
        var records = Self.sound
        records.queues = nil
        records.files = [.orders, .shipping, .orderHistory]
        records.heard = [
            "shipping.returns": records.told["orders"] ?? [], "order-history": records.told["orders"] ?? [],
        ]
        records.addQueues(answer)
        return records
    }

    private static let counts: [Subscription: QueueCounts] = [
        .shippingReturns: .init(), .orderHistory: .init(), .ordersReturns: .init(),
    ]

    @Test("with a broker that keeps no file each consumer that has run must have had each event of its topics")
    func foreignBroker() {
        var records = Self.foreign(.success(Self.counts))
        #expect(ShopAudit.audit(records).problems == [])
        records.heard["order-history"]?.remove("o-2/OrderCancelled")
        let report = ShopAudit.audit(records)
        #expect(report.problems.map(\.detail) == ["o-2/OrderCancelled never came to 'order-history'"])
        #expect(report.notes.filter { $0.contains("is not looked at") }.count == 5)
    }

    @Test("what waits there is not lost, and a queue that is not there excuses nothing")
    func foreignQueues() {
        var counts = Self.counts
        counts[.orderHistory] = .init(waiting: 2)
        var waiting = Self.foreign(.success(counts))
        waiting.heard["order-history"] = []
        let report = ShopAudit.audit(waiting)
        #expect(report.problems == [] && !report.isAtRest)
        #expect(report.notes.contains("2 messages of the queue 'order-history' wait"))

        counts[.orderHistory] = nil
        var gone = Self.foreign(.success(counts))
        gone.heard["order-history"] = []
        #expect(ShopAudit.audit(gone).problems.map(\.kind) == Array(repeating: .lostEvent, count: 4))
        #expect(gone.notes.contains("there is no queue 'order-history' at the broker"))
    }

    @Test("its dead letters have no names: an event that is missing may be one, and is no less missing")
    func foreignDeadLetters() {
        var counts = Self.counts
        counts[.shippingReturns] = .init(deadLetters: 3)
        var records = Self.foreign(.success(counts))
        #expect(ShopAudit.audit(records).isSound)
        #expect(records.notes.contains("3 messages of the queue 'shipping.returns' were given up"))
        records.heard["shipping.returns"]?.remove("o-1/OrderPlaced")
        let problem =
            "o-1/OrderPlaced never came to 'shipping.returns', unless it is among those that were given up (3)"
        #expect(ShopAudit.audit(records).problems.map(\.detail) == [problem])
    }

    @Test("one that does not answer is said, and what is missing then is lost")
    func silentBroker() {
        var records = Self.foreign(.failure(ShopError(.brokerFailed, "the broker is away")))
        #expect(ShopAudit.audit(records).isSound)
        #expect(records.notes.last?.hasSuffix("counts as lost: the broker is away") == true)
        records.heard["order-history"] = nil
        #expect(ShopAudit.audit(records).problems.count == 4)
    }

    @Test("a long list is cut, and says so")
    func longList() {
        var records = Self.sound
        records.charges += (0..<30).map { ShopRecords.Charge(order: "o-x\($0)", amountCents: 1) }
        let lines = ShopAudit.audit(records).description.split(separator: "\n")
        #expect(lines.count == 22)
        #expect(lines.last == "  broken: 10 more")
    }
}
