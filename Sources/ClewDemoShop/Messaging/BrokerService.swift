import Foundation
import HTTPTypes
import Hummingbird

/// The broker as a process: ``BrokerStore`` over HTTP. Like any broker it is no part of traces.
///
/// `GET /dead-letters` and `GET /queues` are for people: what was given up, and how much waits where.
struct BrokerService: ShopService {
    /// One acknowledgement in so many is lost.
    private static let lossInterval = 50
    /// Where consumers have no inbox, so that one sees it soon.
    private static let lossIntervalWithoutInbox = 5
    /// Dead letters that one answer shows.
    private static let mostShown = 100

    private let store: BrokerStore

    init(in environment: ServiceEnvironment) throws {
        let directory = environment.dataDirectory
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let switches = environment.switches
        store = try BrokerStore(file: directory.appendingPathComponent("\(ServiceName.broker).sqlite")) {
            Int.random(in: 0..<(switches.isOn(.noInbox) ? Self.lossIntervalWithoutInbox : Self.lossInterval)) == 0
        }
    }

    func addRoutes(to router: Router<BasicRequestContext>) {}

    func addUnobservedRoutes(to router: Router<BasicRequestContext>) {
        addPublishing(to: router)
        addReceiving(to: router)
        router.get("/dead-letters") { _, _ in try await store.deadLetters(limit: Self.mostShown) }
        router.get("/queues") { _, _ in try await store.depths() }
    }

    private func addPublishing(to router: Router<BasicRequestContext>) {
        router.put("/queues/{queue}") { request, context in
            let declaration = try await request.decode(as: BrokerCalls.Declaration.self, context: context)
            let queue = try context.parameters.require("queue")
            return try await answer { try await store.declare(queue: queue, topics: declaration.topics) }
        }
        router.post("/topics/{topic}/messages") { request, context in
            let message = try await request.decode(as: BrokerMessage.self, context: context)
            let topic = try context.parameters.require("topic")
            return try await answer { try await store.publish(message, to: topic) }
        }
    }

    private func addReceiving(to router: Router<BasicRequestContext>) {
        router.post("/queues/{queue}/receive") { request, context in
            let call = try await request.decode(as: BrokerCalls.Receive.self, context: context)
            let queue = try context.parameters.require("queue")
            let wait = Duration.milliseconds(call.waitMilliseconds)
            return BrokerCalls.Deliveries(
                deliveries: try await store.receive(queue, limit: call.limit, wait: wait))
        }
        router.post("/acknowledgements") { request, context in
            let call = try await request.decode(as: BrokerCalls.Deliveries.self, context: context)
            return try await answer { try await store.acknowledge(call.deliveries) }
        }
        router.post("/rejections") { request, context in
            let call = try await request.decode(as: BrokerCalls.Rejection.self, context: context)
            let delay = Duration.milliseconds(call.afterMilliseconds)
            return try await answer { try await store.reject(call.delivery, after: delay) }
        }
        router.post("/dead-letters") { request, context in
            let call = try await request.decode(as: BrokerCalls.Burial.self, context: context)
            return try await answer { try await store.deadLetter(call.delivery, reason: call.reason) }
        }
    }

    private func answer(_ body: () async throws -> Void) async throws -> HTTPResponse.Status {
        do {
            try await body()
            return .noContent
        } catch let error as ShopError {
            throw HTTPError(.serviceUnavailable, message: error.message)
        }
    }
}
