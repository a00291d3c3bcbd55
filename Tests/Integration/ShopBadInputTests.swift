import Foundation
import Testing

extension Integration.ShopTests.BadInput {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var body: String
        var key: String?
        var statuses: Set<Int> = [400]
        /// Text that the answer must contain.
        var says: String
        var testDescription: String { name }
    }

    struct DeadLetter: Decodable, Sendable {
        struct Message: Decodable, Sendable {
            var id: String
        }

        var message: Message
        var queue: String
        var reason: String
    }

    private static let line = #"{"product":"p-01","quantity":1}"#

    static let cases: [Case] = {
        let valid = Shop.basket("c-040", "p-01", "1")
        let million = String(repeating: line + ",", count: 999_999) + line
        return [
            Case(
                name: "a million lines", body: #"{"customer":"c-040","lines":[\#(million)]}"#, statuses: [413],
                says: "bytes"),
            Case(
                name: "21 lines",
                body: #"{"customer":"c-040","lines":[\#(Array(repeating: line, count: 21).joined(separator: ","))]}"#,
                says: "1 to 20 lines"),
            Case(name: "no lines", body: #"{"customer":"c-040","lines":[]}"#, says: "1 to 20 lines"),
            Case(name: "malformed JSON", body: #"{"customer":"#, says: "JSON"),
            Case(name: "nothing", body: "", says: "error"),
            Case(name: "a negative quantity", body: Shop.basket("c-040", "p-01", "-2"), says: "1 to 1000"),
            Case(name: "no quantity", body: Shop.basket("c-040", "p-01", "0"), says: "1 to 1000"),
            Case(
                name: "a huge quantity", body: Shop.basket("c-040", "p-01", "9223372036854775807"), says: "1 to 1000"),
            Case(name: "a quantity beyond all integers", body: Shop.basket("c-040", "p-01", "1e300"), says: "error"),
            Case(
                name: "an unknown product", body: Shop.basket("c-040", "p-99", "1"), statuses: [404, 409],
                says: "p-99"),
            Case(name: "a customer that is a path", body: Shop.basket("../admin", "p-01", "1"), says: "no id"),
            Case(name: "an empty key", body: valid, key: "", says: "key"),
            Case(name: "a key of two words", body: valid, key: "two words", says: "key"),
            Case(name: "a long key", body: valid, key: String(repeating: "k", count: 256), says: "key"),
        ]
    }()

    @Test("at the gateway")
    func gateway() async throws {
        let shop = try Shop.running
        for bad in Self.cases {
            do {
                let answer = try await shop.post("/checkout", bad.body, key: bad.key)
                #expect(bad.statuses.contains(answer.status), "\(bad.name): \(answer.status) \(answer.text)")
                #expect(answer.text.contains(bad.says), "\(bad.name): \(answer.text)")
            } catch  where bad.statuses == [413] {
                // The server may close while the client still writes; that it serves on is seen below.
            }
        }
        #expect(try await shop.history(of: "c-040").isEmpty)
        #expect(try await shop.order("c-041", "p-01").state == "confirmed")
    }

    @Test("at the payments: a negative amount, and a charge without a key")
    func payments() async throws {
        let shop = try Shop.running
        let payments = try shop.member("payments").url
        let charge = { (amount: Int) in #"{"order":"o-1","customer":"c-042","amountCents":\#(amount)}"# }
        let negative = try await shop.post("/charges", charge(-5), key: "negative", at: payments)
        #expect(negative.status == 400 && negative.text.contains("-5"), "\(negative.text)")
        let keyless = try await shop.post("/charges", charge(5), at: payments)
        #expect(keyless.status == 400 && keyless.text.contains("Idempotency-Key"), "\(keyless.text)")
    }

    @Test("a key that comes again gets the same answer and no second charge; with another order it is refused")
    func replayedKey() async throws {
        let shop = try Shop.running
        let first = try await shop.checkOut("c-043", "p-06", key: "replayed")
        let second = try await shop.checkOut("c-043", "p-06", key: "replayed")
        #expect(first.status == 201 && second.status == 201, "\(second.text)")
        let order = try Shop.order(first)
        #expect(try Shop.order(second).id == order.id)
        let other = try await shop.checkOut("c-043", "p-06", 2, key: "replayed")
        #expect([409, 422].contains(other.status), "\(other.text)")

        let journey = try await shop.journey(of: order.id) {
            !$0.all("replayed").isEmpty && $0.saga("checkout")?.state == "completed"
        }
        #expect(journey.sagaSteps == ["charge", "reserve", "ship"])
        _ = try await eventually("the history has it once") {
            try await shop.history(of: "c-043").map(\.id) == [order.id] ? true : nil
        }
    }

    @Test("messages that nobody can read are dead letters for all to see, and later ones pass")
    func deadLetters() async throws {
        let shop = try Shop.running
        let broker = try shop.member("broker").url
        let readers = ["notifications", "order-history", "recommendations"]
        // Messages of one key are handled in order: what cannot be read must not stay in the way of the next.
        for (id, version, payload) in [("of-the-future", 99, "{}"), ("poison", 1, "{{{")] {
            let body = """
                {"id":"\(id)","type":"OrderPlaced","schemaVersion":\(version),"key":"bad","payload":"\(payload)",\
                "headers":{}}
                """
            let answer = try await shop.post("/topics/orders/messages", body, at: broker)
            #expect(answer.status == 204, "\(answer.text)")
        }
        let letters = try await eventually("they are dead letters") {
            let letters = try await shop.get("/dead-letters", at: broker, as: [DeadLetter].self)
            return letters.count == 2 * readers.count ? letters : nil
        }
        for (id, reason) in [("of-the-future", "99"), ("poison", "payload")] {
            let own = letters.filter { $0.message.id == id }
            #expect(own.map(\.queue).sorted() == readers)
            #expect(own.allSatisfy { $0.reason.contains(reason) })
        }

        let order = try await shop.order("c-044", "p-07")
        _ = try await eventually("a later message of the queue is handled") {
            try await shop.history(of: "c-044").contains { $0.id == order.id && $0.state == "confirmed" } ? true : nil
        }
        _ = try await eventually("all queues are empty") {
            let waiting = try await shop.get("/queues", at: broker, as: [String: Int].self)
            return waiting.values.allSatisfy { $0 == 0 } ? true : nil
        }
    }

    @Test("a broker's route refuses what is no message")
    func malformedMessage() async throws {
        let shop = try Shop.running
        let answer = try await shop.post("/topics/orders/messages", #"{"id":1"#, at: try shop.member("broker").url)
        #expect(answer.status == 400, "\(answer.text)")
    }
}
