import AsyncHTTPClient
import Clew
import ClewHTTPClient
import ClewHummingbird
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Runs one service of the shop as a process: telemetry, relays to its callees, routes, and a graceful end.
public enum ShopServer {
    /// The line that says where a service listens, once it does.
    public struct Bound: Codable, Sendable {
        public var service: ServiceName
        /// `HOST:PORT`.
        public var address: String
    }

    /// Serves until SIGTERM or SIGINT.
    public static func run(_ options: ServeOptions) async throws {
        let telemetry = try Telemetry(service: options.name.rawValue)
        telemetry.bootstrap()
        try await withRelays(of: options) { faults, relays in
            try await HTTPClient.withHTTPClient(configuration: clientConfiguration) { client in
                let environment = ServiceEnvironment(
                    name: options.name,
                    faults: faults,
                    client: TracedHTTPClient(client),
                    upstreams: relays.mapValues { "http://127.0.0.1:\($0.port)" },
                    dataDirectory: options.dataDirectory
                )
                let admin = AdminRoutes(faults: faults, upstreams: addresses(options).mapValues(\.url), client: client)
                let application = Application(
                    router: try router(environment, admin: admin),
                    configuration: .init(address: .hostname(options.host, port: options.port)),
                    services: [telemetry],
                    onServerRunning: { announce(options, $0) },
                    logger: Logger(label: options.name.rawValue)
                )
                try await application.runService()
            }
        }
    }

    /// Admin routes first: middleware meets only the routes that are added after it.
    static func router(
        _ environment: ServiceEnvironment,
        admin: AdminRoutes? = nil
    ) throws -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        admin?.add(to: router)
        router.addMiddleware {
            ClewMiddleware()
            FaultMiddleware(service: environment.name, faults: environment.faults)
        }
        try environment.name.makeService(in: environment).addRoutes(to: router)
        return router
    }

    private static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // Slow callees must queue where they are, not in the caller's connection pool.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        // `TracedHTTPClient` traces the business; the client's own spans would be of the admin calls only.
        configuration.tracing.tracer = nil
        return configuration
    }

    private static func addresses(_ options: ServeOptions) -> [ServiceName: UpstreamAddress] {
        var addresses: [ServiceName: UpstreamAddress] = [:]
        for callee in options.name.upstreams {
            addresses[callee] = options.upstreams[callee] ?? UpstreamAddress(name: callee, port: callee.defaultPort)
        }
        return addresses
    }

    private static func withRelays(
        of options: ServeOptions,
        _ body: (FaultBoard, [ServiceName: Relay]) async throws -> Void
    ) async throws {
        let faults = FaultBoard(options.faults, seed: options.seed ?? .random(in: 0 ... .max))
        var relays: [ServiceName: Relay] = [:]
        for (callee, address) in addresses(options) {
            let hop = ShopHop.network(from: options.name, to: callee)
            relays[callee] = try await Relay.listen(to: address.host, port: address.port) { faults.draw(hop) }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(faults, relays)) } catch { result = .failure(error) }
        for relay in relays.values { await relay.close() }
        try result.get()
    }

    private static func announce(_ options: ServeOptions, _ channel: any Channel) {
        let port = channel.localAddress?.port ?? options.port
        let bound = Bound(service: options.name, address: "\(options.host):\(port)")
        guard var line = try? JSONEncoder().encode(bound) else { return }
        line.append(UInt8(ascii: "\n"))
        FileHandle.standardOutput.write(line)
    }
}
