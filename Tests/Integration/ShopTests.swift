import ClewModel
import Foundation
import Testing

extension Integration {
    /// All on one shop, one after the other; customers tell the tests' orders apart.
    @Suite("The shop", .shop("--restart"))
    struct ShopTests {
        @Suite("A journey tells what became of an order")
        struct Journeys {}

        @Suite("Bad input gets a clear answer, and the shop still sells")
        struct BadInput {}
    }
}

extension Integration.ShopTests.Journeys {
    @Test("confirmed: charged, reserved and shipped, and all who listen heard of it")
    func confirmed() async throws {
        let shop = try Shop.running
        let order = try await shop.order("c-020", "p-01", 2)
        let journey = try await shop.journey(of: order.id) { $0.hasReachedAll("OrderPlaced", "OrderConfirmed") }
        #expect(journey.outcome == "completed")
        #expect(journey.orders.map(\.id) == [order.id])
        #expect(journey.sagaSteps == ["charge", "reserve", "ship"])
        #expect(journey.all("compensation").isEmpty && !journey.steps.contains(where: \.isError))
        try await JourneyRecord.expect("confirmed") { try await shop.journeyText(of: order.id) }
    }

    @Test("payment refused: nothing was done, so nothing is undone")
    func paymentRefused() async throws {
        let shop = try Shop.running
        let answer = try await shop.checkOut("c-013", "p-01", 2)
        #expect(answer.status == 402, "\(answer.text)")
        let order = try Shop.order(answer)
        let journey = try await shop.journey(of: order.id) { $0.hasReachedAll("OrderPlaced", "OrderCancelled") }
        #expect(journey.outcome == "refused")
        let saga = try #require(journey.saga("checkout"))
        #expect(saga.state == "compensated" && saga.failedStep == "charge" && saga.undone.isEmpty)
        #expect(saga.failure?.contains("'c-013' is blocked") == true)
        #expect(journey.sagaSteps == ["charge"] && journey.all("compensation").isEmpty)
        try await JourneyRecord.expect("payment-refused") { try await shop.journeyText(of: order.id) }
    }

    @Test("out of stock after the charge: the charge is undone")
    func outOfStock() async throws {
        let shop = try Shop.running
        // There are five of it.
        let answer = try await shop.checkOut("c-021", "p-24", 6)
        #expect(answer.status == 409 && answer.text.contains("p-24"), "\(answer.text)")
        let order = try Shop.order(answer)
        let journey = try await shop.journey(of: order.id) { $0.hasReachedAll("OrderPlaced", "OrderCancelled") }
        #expect(journey.outcome == "compensated")
        let saga = try #require(journey.saga("checkout"))
        #expect(saga.state == "compensated" && saga.failedStep == "reserve" && saga.undone == ["charge"])
        let charge = try #require(journey.all("sagaStep").first { $0.sagaStep == "charge" })
        #expect(journey.all("compensation").map(\.undoes) == [charge.number])
        try await JourneyRecord.expect("out-of-stock") { try await shop.journeyText(of: order.id) }
    }

    @Test("sent back: four services close the saga without a coordinator")
    func returned() async throws {
        let shop = try Shop.running
        let order = try await shop.order("c-022", "p-02")
        let answer = try await shop.post("/orders/\(order.id)/return", "{}")
        #expect(answer.status == 202, "\(answer.text)")
        _ = try await eventually("the order is returned") {
            try await shop.get("/orders/\(order.id)", as: Shop.Order.self).state == "returned" ? true : nil
        }
        let journey = try await shop.journey(of: order.id) {
            $0.hasReachedAll("OrderPlaced", "OrderConfirmed", "ReturnRequested")
                && $0.has("PaymentRefunded", at: "order-history") && $0.saga("return")?.state == "completed"
        }
        #expect(journey.outcome == "completed" && journey.orders.first?.state == "returned")
        let handled = journey.all("processed").filter { $0.sagaStep != nil }
        #expect(handled.map(\.sagaStep) == ["receive", "restock", "refund", "close"])
        #expect(handled.map(\.service) == ["shipping", "inventory", "payments", "orders"])
        try await JourneyRecord.expect("returned") { try await shop.journeyText(of: order.id) }
    }

    @Test("its orchestrators are killed after the charge: another process goes on where they were, and charges no more")
    func killedOrchestrator() async throws {
        let shop = try Shop.running
        // Time to be killed in, within the 3 s that a call of the inventory may take.
        try await shop.put(faults: ["orders->inventory=2500ms"])
        async let answer = shop.checkOut("killed-1", "p-03")
        let order = try await eventually("the order is known") { try await shop.history(of: "killed-1").first }
        _ = try await eventually("it is charged") {
            try await shop.spans("--attribute", "order.id=\(order.id)", "--operation", "execute charge").first
        }
        let victims = try [1, 2].map { try shop.member("orders", instance: $0) }
        for victim in victims { shop.kill(victim) }
        let failure = try await answer
        #expect(failure.status >= 500, "\(failure.text)")
        for victim in victims {
            _ = try await eventually("orders \(victim.instance) is back") { try shop.isBack(victim) ? true : nil }
        }
        try await shop.put(faults: [])
        // A claim holds for 15 s after its owner is gone.
        _ = try await eventually("the checkout is resumed", within: 90) {
            let now = try? await shop.get("/orders/\(order.id)", as: Shop.Order.self)
            return now?.state == "confirmed" ? true : nil
        }

        let journey = try await shop.journey(of: order.id) { $0.hasReachedAll("OrderPlaced", "OrderConfirmed") }
        #expect(journey.outcome == "completed")
        #expect(journey.saga("checkout")?.state == "completed")
        let resumption = try #require(journey.all("resumption").first)
        #expect(resumption.waited ?? 0 > 1_000_000_000)
        let steps = journey.all("sagaStep")
        #expect(steps.count { $0.sagaStep == "charge" } == 1)
        let later = steps.filter { $0.number > resumption.number }
        #expect(later.compactMap(\.sagaStep) == ["reserve", "ship"] && later.first?.attempt == 2)
        let text = try await shop.journeyText(of: order.id)
        #expect(text.contains("resumes saga checkout") && text.contains("was confirmed"), "\(text)")
    }

    @Test("a message that came twice was handled once")
    func duplicate() async throws {
        let shop = try Shop.running
        let span = try await eventually("the broker delivers a message twice, as it does with one of 50", within: 120) {
            _ = try await shop.order("c-030", "p-04")
            return try await shop.spans("--attribute", "clew.inbox.outcome=duplicate", "--limit", "1").first
        }
        // The id of a message is that of its order, and its type.
        let message = try #require(span.attributes[SemanticConventions.messagingMessageID]?.stringValue)
        let order = String(message.prefix { $0 != "/" })
        let journey = try await shop.journey(of: order) { !$0.all("duplicate").isEmpty && $0.pending.isEmpty }
        let second = try #require(journey.all("duplicate").first)
        #expect(second.attempt ?? 0 > 1)
        let first = journey.all("processed").filter {
            ($0.service, $0.peer, $0.messageType) == (second.service, second.peer, second.messageType)
        }
        #expect(first.count == 1 && first.allSatisfy { $0.number < second.number })
        let text = try await shop.journeyText(of: order)
        #expect(text.contains("duplicate dropped"), "\(text)")
    }

    @Test("messages that were handled many at once: each journey has its share")
    func batch() async throws {
        let shop = try Shop.running
        let found: (order: String, journey: JourneyAnswer) = try await eventually("several at once", within: 120) {
            for order in try await placeTogether(8, shop) {
                let journey = try await shop.journey(of: order) { $0.hasReachedAll("OrderPlaced", "OrderConfirmed") }
                if !shares(journey).isEmpty { return (order: order, journey: journey) }
            }
            return nil
        }
        #expect(shares(found.journey).allSatisfy { $0.service == "notifications" && $0.operation == "process orders" })
        #expect(found.journey.orders.map(\.id) == [found.order], "what lies in the same batch is of other journeys")
        let text = try await shop.journeyText(of: found.order)
        #expect(text.contains("its share of a batch of"), "\(text)")
    }

    private func shares(_ journey: JourneyAnswer) -> [JourneyAnswer.Step] {
        journey.steps.filter { $0.batchSize ?? 1 > 1 }
    }

    /// - Returns: The ids of the orders.
    private func placeTogether(_ count: Int, _ shop: Shop) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<count {
                group.addTask { try await shop.order("batch-\(number)", "p-05").id }
            }
            var orders: [String] = []
            for try await order in group { orders.append(order) }
            return orders
        }
    }
}
