import AsyncHTTPClient
import ClewDemoShop
import Foundation
import NIOCore
import NIOHTTP1
import Testing

extension Integration {
    @Suite("RabbitMQ as the shop's broker")
    struct RabbitMQTests {
        @Test(
            "carries an order's events, also those written while the server was away, and loses none",
            .rabbitMQIsBuiltIn, .rabbitMQIsInstalled, .timeLimit(.minutes(5)))
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
            await shop.killHistory()
            let third = try await shop.order(customer: "ann")
            try await shop.waitForCheck("knows what waits") { $0.contains("of the queue 'order-history' wait") }
            try await shop.restartHistory()
            try await shop.waitForHistory(of: "ann", [third, first])

            try await shop.waitForCheck("finds that nothing was lost") { $0.contains("every promise was kept") }
            let blind = try await shop.check(broker: "amqp://127.0.0.1:1")
            #expect(blind.contains("what the queues hold is not known"), "\(blind)")
            #expect(blind.contains("every promise was kept"), "\(blind)")

            try await shop.stop()
            try await server.stop()
        }

        @Test(
            "is killed with the shop's processes, and no promise is broken",
            .rabbitMQIsBuiltIn, .rabbitMQIsInstalled, .timeLimit(.minutes(20)))
        func chaos() async throws {
            let result = try await Program.run(
                Program.path("clew-shop"),
                [
                    "chaos", "--duration", "90s", "--rate", "10", "--rabbitmq-server", RabbitMQNode.standardProgram,
                ],
                timeout: 1100)
            #expect(result.status == 0, "\(result.output.suffix(5000))\(result.errors.suffix(2000))")
            let kills = result.output.split(separator: "\n").filter { $0.contains("killed rabbitmq,") }
            #expect(kills.count == 2)
            #expect(result.output.contains("every promise was kept"))
            // Known, and so not said to be unknown.
            #expect(!result.output.contains("is not known") && !result.output.contains("is not looked at"))
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

        @Test(
            "is no option of chaos in a program that was built without it",
            .enabled(if: !RabbitMQServer.isBuiltIn, "clew-shop was built with RabbitMQ"))
        func chaosWithoutTrait() async throws {
            let result = try await Program.run(
                Program.path("clew-shop"), ["chaos", "--rabbitmq-server", RabbitMQNode.standardProgram])
            #expect(result.status != 0)
            #expect(result.errors.contains("--rabbitmq-server"), "\(result.errors)")
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
        // An order before the queues are there would not be heard of.
        try await shop.waitForCheck("finds the queues") {
            !$0.contains("there is no queue") && !$0.contains("is not known")
        }
        try await shop.serve("orders")
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

    func killHistory() async {
        let process = services["order-history"]?.process
        process?.kill()
        _ = await process?.status()
    }

    mutating func restartHistory() async throws { try await serve("order-history") }

    /// What `clew-shop check` says of the services' files and the server's queues.
    func check(broker: String) async throws -> String {
        let result = try await Program.run(Program.path("clew-shop"), ["check", data, "--broker", broker])
        return result.output + result.errors
    }

    func waitForCheck(_ what: String, _ isRight: (String) -> Bool) async throws {
        var last = ""
        do {
            try await eventually("the check \(what)", within: 60) { () -> Void? in
                last = try await check(broker: broker)
                return isRight(last) ? () : nil
            }
        } catch {
            throw TestFailure("\(error)\n\(last)")
        }
    }

    func stop() async throws {
        for service in services.values { service.process.terminate() }
        for (name, service) in services {
            let status = await service.process.status()
            #expect(status == 0, "\(name): \(service.process.errors)")
        }
        try FileManager.default.removeItem(atPath: data)
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
