import Testing

@testable import ClewDemoShop

@Suite("The table of queues")
struct SubscriptionTests {
    @Test("has the consumers of each service, all and no others", arguments: ServiceName.allCases)
    func consumers(of name: ServiceName) async throws {
        try await ServiceUnderTest.run(name) { service in
            let consumers = try name.makeService(in: service.environment).backgroundServices
                .compactMap { ($0 as? Consumer)?.subscription }
            let table = Subscription.allCases.filter { $0.service == name }
            #expect(Set(consumers) == Set(table))
            #expect(consumers.count == table.count)
        }
    }

    @Test("gives no queue the name of a topic, since spans name both alike")
    func names() {
        let queues = Set(Subscription.allCases.map(\.queue))
        #expect(queues.count == Subscription.allCases.count)
        #expect(queues.isDisjoint(with: Topic.allCases.map(\.rawValue)))
    }

    @Test("has a queue for each topic, each with a topic")
    func topics() {
        #expect(Set(Subscription.allCases.flatMap(\.topics)) == Set(Topic.allCases))
        #expect(Subscription.allCases.allSatisfy { !$0.topics.isEmpty })
    }
}
