import ClewDurablePatterns
import ClewModel
import GRDB
import Hummingbird
import Logging
import ServiceLifecycle
import Tracing

/// Charges customers' cards, of which some are blocked, and pays back.
///
/// `POST /charges` and `POST /refunds` need an `Idempotency-Key`.
struct PaymentsService: ShopService {
    /// How many charges are committed and then answered with a failure while the switch `no-idempotency` is on.
    private static let lostAnswers = 0.15

    private let database: ShopDatabase
    private let work = IdempotentWork()
    private let refunds: ReturnRefunds
    private let environment: ServiceEnvironment

    init(in environment: ServiceEnvironment) throws {
        let outbox = EventOutbox()
        let keys = work.keys
        database = try environment.openDatabase(schema: ChargeBook.schema) { migrator in
            keys.migrate(&migrator)
            ReturnRefunds.inbox.migrate(&migrator)
            outbox.migrate(&migrator)
        }
        refunds = ReturnRefunds(database: database, outbox: outbox, environment: environment)
        self.environment = environment
    }

    var backgroundServices: [any Service] {
        refunds.outbox.relay(from: database, in: environment) + [refunds.consumer]
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/charges") { request, context in
            let key = try IdempotentWork.key(of: request)
            let new = try await request.decode(as: NewCharge.self, context: context)
            return EditedResponse(status: .created, response: try await charge(new, key, context))
        }
        router.post("/refunds") { request, context in
            let key = try IdempotentWork.key(of: request)
            let new = try await request.decode(as: NewRefund.self, context: context)
            return EditedResponse(status: .created, response: try await refund(new, key))
        }
    }

    private func charge(_ new: NewCharge, _ key: String, _ context: BasicRequestContext) async throws -> Charge {
        let isSecond = environment.version.hasPrefix("2.")
        try new.validate(needsCurrency: isSecond && environment.switches.isOn(.breakingChange))
        RequestSpan.current?.attributes[SemanticConventions.orderID] = new.order
        guard try await !isBlocked(new.customer) else {
            context.logger.warning("payment declined", metadata: ["customer": "\(new.customer)"])
            throw HTTPError(
                .init(code: 402, reasonPhrase: "Payment Required"),
                message: "the card of '\(new.customer)' is blocked")
        }
        return try await environment.switches.isOn(.noIdempotency) ? chargeAgain(new, key) : chargeOnce(new, key)
    }

    private func isBlocked(_ customer: String) async throws -> Bool {
        try await database.read(from: "cards", "SELECT isBlocked FROM cards WHERE customer = ?") { db, _ in
            try ChargeBook.isBlocked(customer, in: db)
        }
    }

    private func chargeOnce(_ new: NewCharge, _ key: String) async throws -> Charge {
        let fingerprint = "\(new.order) \(new.customer) \(new.amountCents)"
        return try await work.run(key, scope: "charges", fingerprint: fingerprint, in: database) { db in
            try ChargeBook.charge(new, key: key, isGuarded: true, in: db)
        }
    }

    /// The switch `no-idempotency`: the key is seen and not heeded, and some answers are lost.
    private func chargeAgain(_ new: NewCharge, _ key: String) async throws -> Charge {
        RequestSpan.current?.attributes[SemanticConventions.idempotencyKey] = key
        let answer = try await database.write(to: "charges", "INSERT INTO charges VALUES (?, ?, ?, ?, ?)") { db, _ in
            try ChargeBook.charge(new, key: key, isGuarded: false, in: db)
        }
        guard Double.random(in: 0..<1) >= Self.lostAnswers else {
            throw HTTPError(.serviceUnavailable, message: "payments was interrupted; ask again")
        }
        return try IdempotentWork.decoded(answer)
    }

    private func refund(_ new: NewRefund, _ key: String) async throws -> Refund {
        _ = try ShopID(new.order)
        RequestSpan.current?.attributes[SemanticConventions.orderID] = new.order
        return try await work.run(key, scope: "refunds", fingerprint: new.order, in: database) { db in
            try .init(status: 201, json: ChargeBook.refund(new.order, in: db))
        }
    }
}
