import AsyncHTTPClient
import Clew
import ClewHTTPClient
import ClewHummingbird
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

@main
struct Hello {
    static func main() async throws {
        let telemetry = try Telemetry(service: "hello")  // reads the standard OTEL_* variables
        telemetry.bootstrap()  // swift-log, swift-metrics, swift-distributed-tracing

        let server = Application(router: routes(), configuration: .init(address: .hostname("127.0.0.1", port: 8080)))
        let group = ServiceGroup(
            services: [telemetry, server],  // first, so that it ends last and sends what is left
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "hello")
        )
        try await group.run()
    }
}

/// `GET /hello/{name}` asks `GET /greeting` for the words, so that a request has two hops.
func routes(
    telemetry: Telemetry? = nil, greeting: String = "http://127.0.0.1:8080/greeting"
) -> Router<BasicRequestContext> {
    let client = TracedHTTPClient(telemetry: telemetry)  // client spans and metrics, context in the headers
    let router = Router()
    router.addMiddleware { ClewMiddleware(telemetry: telemetry) }  // server spans, RED metrics, correlation ids
    router.get("greeting") { _, _ in "Hello" }
    router.get("hello/{name}") { _, context in
        let name = try context.parameters.require("name")
        let response = try await client.execute(HTTPClientRequest(url: greeting), timeout: .seconds(2))
        let words = String(buffer: try await response.body.collect(upTo: 1024))
        context.logger.info("greeted", metadata: ["name": "\(name)"])  // with the ids of the trace
        return "\(words), \(name)!\n"
    }
    return router
}
