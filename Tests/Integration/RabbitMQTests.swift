import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

extension Integration {
    @Suite("RabbitMQ as the shop's broker")
    struct RabbitMQTests {
        @Test(
            "carries an order's events, also those written while the server was away",
            .enabled(
                if: RabbitMQServer.isBuiltIn,
                "clew-shop was built without RabbitMQ: build and test with --traits RabbitMQ"),
            .enabled(
                if: RabbitMQServer.isInstalled, "there is no \(RabbitMQServer.program): install rabbitmq-server"),
            .timeLimit(.minutes(5)))
        func carriesEvents() async throws {
            let server = try await RabbitMQServer.start()
            var shop = try await OrderServices.start(broker: server.address)

            let first = try await shop.order(customer: "ann")
            try await shop.waitForHistory(of: "ann", [first])

            try await server.kill()
            // The order does not need the broker: its events wait in the outbox.
            let second = try await shop.order(customer: "bob")
            let unheard = try await shop.history(of: "bob")
            #expect(unheard == [])
            try await server.restart()
            try await shop.waitForHistory(of: "bob", [second])

            // What a killed consumer did not acknowledge goes to the next one.
            try await shop.restartHistory()
            let third = try await shop.order(customer: "ann")
            try await shop.waitForHistory(of: "ann", [third, first])

            try await shop.stop()
            try await server.stop()
        }

        @Test(
            "is refused by a program that was built without it, and the message says what to do but no password",
            .enabled(if: !RabbitMQServer.isBuiltIn, "clew-shop was built with RabbitMQ"))
        func withoutTrait() async throws {
            let result = try await Program.run(
                Program.path("clew-shop"),
                ["serve", "orders", "--port", "0", "--broker", "amqp://shop:secret@127.0.0.1:5672/demo"])
            #expect(result.status != 0)
            #expect(result.errors.contains("swift build --traits RabbitMQ"), "\(result.errors)")
            #expect(!result.errors.contains("secret"))
        }
    }
}

/// The services of a checkout and the read model that listens to it.
private struct OrderServices {
    private struct Service {
        var process: RunningProcess
        var port: Int
    }

    private struct Bound: Decodable { var address: String }

    private struct Order: Decodable { var id: String }

    private let data: String
    private let broker: String
    private var services: [String: Service] = [:]

    static func start(broker: String) async throws -> OrderServices {
        var shop = OrderServices(data: Collector.freshDirectory(), broker: broker)
        for name in ["catalog", "payments", "inventory", "shipping", "order-history"] { try await shop.serve(name) }
        try await shop.serve("orders")
        // An order before its queue is there would not be heard of.
        try await shop.waitForQueue()
        return shop
    }

    private init(data: String, broker: String) {
        self.data = data
        self.broker = broker
    }

    /// - Returns: The order's id.
    func order(customer: String) async throws -> String {
        var request = HTTPClientRequest(url: try url("orders", "/orders"))
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        let body = #"{"customer":"\#(customer)","lines":[{"product":"p-01","quantity":1}]}"#
        request.body = .bytes(ByteBuffer(string: body))
        let answer = try await Collector.send(request)
        guard [201, 202].contains(answer.status) else { throw TestFailure("\(answer.status) \(answer.text)") }
        return try JSONDecoder().decode(Order.self, from: Data(answer.body)).id
    }

    /// The ids of the orders that the read model has heard of, newest first.
    func history(of customer: String) async throws -> [String] {
        let request = HTTPClientRequest(url: try url("order-history", "/customers/\(customer)/orders"))
        let answer = try await Collector.send(request)
        guard answer.status == 200 else { throw TestFailure("\(answer.status) \(answer.text)") }
        return try JSONDecoder().decode([Order].self, from: Data(answer.body)).map(\.id)
    }

    func waitForHistory(of customer: String, _ orders: [String]) async throws {
        try await eventually("the order history has \(orders) of \(customer)", within: 60) {
            try await history(of: customer) == orders ? () : nil
        }
    }

    mutating func restartHistory() async throws {
        let process = services["order-history"]?.process
        process?.kill()
        _ = await process?.status()
        try await serve("order-history")
    }

    func stop() async throws {
        for service in services.values { service.process.terminate() }
        for (name, service) in services {
            let status = await service.process.status()
            #expect(status == 0, "\(name): \(service.process.errors)")
        }
        try FileManager.default.removeItem(atPath: data)
    }

    private func waitForQueue() async throws {
        try await eventually("the order history listens", within: 60) { () -> Void? in
            let order = try await order(customer: "eve")
            for _ in 0..<50 {
                if try await history(of: "eve").contains(order) { return () }
                try await Task.sleep(for: .milliseconds(100))
            }
            return nil
        }
    }

    private func url(_ service: String, _ path: String) throws -> String {
        "http://127.0.0.1:\(try #require(services[service]).port)\(path)"
    }

    private mutating func serve(_ name: String) async throws {
        let callees = services.flatMap { ["--upstream", "\($0)=127.0.0.1:\($1.port)"] }
        let process = try RunningProcess(
            Program.path("clew-shop"), ["serve", name, "--port", "0", "--data", data] + callees,
            environment: ["CLEW_SHOP_BROKER": broker, "OTEL_SDK_DISABLED": "true"])
        let port: Int = try await eventually("\(name) says where it listens") {
            guard process.isRunning else { throw TestFailure("it ended: \(process.errors)") }
            // Log lines are JSON objects too, and may come before.
            let bound = process.output.split(separator: "\n").lazy.compactMap { line in
                try? JSONDecoder().decode(Bound.self, from: Data(line.utf8))
            }.first
            return bound?.address.split(separator: ":").last.flatMap { Int($0) }
        }
        services[name] = Service(process: process, port: port)
    }
}
