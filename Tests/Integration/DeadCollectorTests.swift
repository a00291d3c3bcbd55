import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import Testing

extension Integration {
    @Suite("A service whose collector is dead")
    struct DeadCollectorTests {
        enum Death: String, CaseIterable {
            /// Nobody listens at its port.
            case refuses
            /// Connections are accepted, and nothing is ever answered.
            case hangs
        }

        struct Bound: Decodable {
            var address: String
        }

        @Test(
            "answers as ever, grows little, says so in few lines, and ends when it is asked to",
            arguments: Death.allCases)
        func serves(_ death: Death) async throws {
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(listener.localAddress?.port)
            if death == .refuses { try await listener.close() }

            let data = Collector.freshDirectory()
            defer { try? FileManager.default.removeItem(atPath: data) }
            let service = try RunningProcess(
                Program.path("clew-shop"), ["serve", "catalog", "--port", "0", "--data", data],
                environment: [
                    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)", "OTEL_BSP_MAX_QUEUE_SIZE": "256",
                    "OTEL_BSP_SCHEDULE_DELAY": "100", "CLEW_SHUTDOWN_TIMEOUT": "1000",
                ])
            let bound: Bound = try await eventually("the service says where it listens") {
                guard service.isRunning else { throw TestFailure("it ended: \(service.errors)") }
                let lines = service.output.split(separator: "\n").filter { $0.contains(#""address""#) }
                return lines.first.flatMap { try? JSONDecoder().decode(Bound.self, from: Data($0.utf8)) }
            }

            try await load(bound.address, 200)
            let before = try memory(of: service.pid)
            try await load(bound.address, 1000)
            #expect(try memory(of: service.pid) - before < 64 << 20)

            service.terminate()
            let asked = ContinuousClock.now
            #expect(await service.status() == 0)
            // Its own limit is 1 s; the rest is for a busy machine.
            #expect(ContinuousClock.now - asked < .seconds(20))
            let summaries = service.output.split(separator: "\n").filter { $0.contains("telemetry was dropped") }
            // One when it ended, and one for each minute that a slow machine took.
            #expect((1...3).contains(summaries.count), "\(service.output.suffix(2000))")
            #expect(service.errors.split(separator: "\n").count < 20, "\(service.errors.suffix(2000))")
            if death == .hangs { try await listener.close() }
        }

        /// Sends requests one after the other, five milliseconds apart at least, and expects the catalogue each time.
        private func load(_ address: String, _ requests: Int) async throws {
            for _ in 0..<requests {
                async let pause: Void = Task.sleep(for: .milliseconds(5))
                let answer = try await Collector.send(HTTPClientRequest(url: "http://\(address)/products/p-07"))
                #expect(answer.status == 200)
                #expect(answer.text.contains("Product 7"))
                try await pause
            }
        }

        /// Resident bytes.
        private func memory(of pid: Int32) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        }
    }
}
