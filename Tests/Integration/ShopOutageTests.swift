import Foundation
import Testing

extension Integration {
    @Suite("The shop without its broker for a minute", .shop("--restart", "--absence", "60s"))
    struct ShopOutageTests {
        @Test("sells on under load, and afterwards every confirmed order is in the history")
        func broker() async throws {
            let shop = try Shop.running
            let load = try RunningProcess(
                Program.path("clew-shop"), ["load", "--target", shop.gateway, "--rate", "5", "--duration", "70s"])
            let broker = try shop.member("broker")
            var confirmed = try await [Self.place(0, shop), Self.place(1, shop)]
            shop.kill(broker)
            let deadline = ContinuousClock.now + .seconds(150)
            while try !shop.isBack(broker) {
                guard ContinuousClock.now < deadline else { throw TestFailure("the broker is not back") }
                confirmed.append(try await Self.place(confirmed.count, shop))
                // Customers who come as fast as they are served would be a load test.
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(confirmed.count > 2, "nothing was sold meanwhile")
            confirmed.append(try await Self.place(confirmed.count, shop))

            for (customer, order) in confirmed {
                _ = try await eventually("\(order) is in the history", within: 120) {
                    let history = try await shop.history(of: customer)
                    return history.contains { $0.id == order && $0.state == "confirmed" } ? true : nil
                }
            }
            _ = try await eventually("the load ends", within: 60) { load.isRunning ? nil : true }
            #expect(await load.status() == 0, "\(load.errors)")
        }

        /// - Returns: A customer of its own, and the order, which is confirmed.
        private static func place(_ number: Int, _ shop: Shop) async throws -> (customer: String, order: String) {
            let customer = "outage-\(number)"
            return (customer, try await shop.order(customer, "p-08").id)
        }
    }

    @Suite("A service of the shop whose disk is full")
    struct ShopDiskTests {
        @Test(
            "refuses, keeps what it acknowledged, and goes on when there is space", .enabled(if: Faults.isLinux))
        func fullDisk() async throws {
            let arguments = [Program.path("clew-shop"), Faults.seed]
            let result = try await Program.script("shop_full_disk.py", arguments)
            #expect(result.status == 0, "\(result.output)\(result.errors)")
        }
    }
}
