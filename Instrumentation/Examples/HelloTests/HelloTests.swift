import Clew
import ClewModel
import ClewTesting
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ExampleHello

/// How a service tests its telemetry: each test has a `Telemetry` of its own, so nothing is global and tests run at once.
@Suite struct HelloTests {
    @Test func aRequestMakesOneTraceOfBothHops() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "hello"), exporter: exporter, output: LogOutput { _ in })
        let greetings = Router()
        greetings.get("greeting") { _, _ in "Hello" }
        try await Application(router: greetings).test(.live) { other in
            let greeting = "http://localhost:\(try #require(other.port))/greeting"
            try await Application(router: routes(telemetry: telemetry, greeting: greeting)).test(.router) { client in
                try await client.execute(uri: "/hello/world", method: .get) { response in
                    #expect(String(buffer: response.body) == "Hello, world!\n")
                }
            }
        }
        await telemetry.shutdown()

        let server = try #require(exporter.spans.first { $0.kind == .server })
        let client = try #require(exporter.spans.first { $0.kind == .client })
        #expect(server.name == "GET /hello/{name}")
        #expect(client.traceID == server.traceID)
        #expect(client.parentSpanID == server.spanID)
        #expect(exporter.metrics.contains { $0.name == "http.server.request.duration" })
    }
}
