import AsyncHTTPClient
import ClewDurablePatterns
import ClewHTTPClient
import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore

@testable import ClewDemoShop

/// A service over a fresh database, with no process, no socket, no callee and no message.
struct ServiceUnderTest {
    let environment: ServiceEnvironment

    /// Runs a test with an environment whose directory is deleted after it.
    static func run<Value>(
        _ name: ServiceName, instance: Int = 1, switches: Set<ShopSwitch> = [],
        _ test: (ServiceUnderTest) async throws -> Value
    ) async throws -> Value {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("shop-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let (faults, switches) = (FaultBoard(), Switches(switches))
        let client = TracedHTTPClient(.shared)
        let environment = ServiceEnvironment(
            name: name, instance: instance, faults: faults, switches: switches,
            callees: Callees(of: name, client: client, faults: faults, switches: switches), broker: SilentBroker(),
            dataDirectory: directory)
        return try await test(ServiceUnderTest(environment: environment))
    }

    /// Sends requests to the service's own routes.
    func routes(_ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let router = Router(context: BasicRequestContext.self)
        try environment.name.makeService(in: environment).addRoutes(to: router)
        try await Application(router: router).test(.router, test)
    }

    /// A broker that nobody writes to.
    private struct SilentBroker: MessageBroker {
        func declare(queue: String, topics: [String]) async throws {}
        func publish(_ message: BrokerMessage, to topic: String) async throws {}
        func receive(_ queue: String, limit: Int, wait: Duration) async throws -> [Delivery] { [] }
        func acknowledge(_ deliveries: [Delivery]) async throws {}
        func reject(_ delivery: Delivery, after: Duration) async throws {}
        func deadLetter(_ delivery: Delivery, reason: String) async throws {}
    }
}

extension TestResponse {
    func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }
}

extension TopicEvent {
    /// The event as a broker delivers it.
    ///
    /// - Parameter id: That of the message; of its own unless given.
    func message(id: String? = nil) throws -> BrokerMessage {
        var row = try outboxMessage()
        if let id { row.id = id }
        return BrokerMessage(row, headers: [:])
    }
}
