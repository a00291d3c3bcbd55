import AsyncHTTPClient
import Clew
import ClewHTTPClient
import ClewHummingbird
import ClewModel
import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// Runs one service of the shop as a process: telemetry, discovery, routes, what it does by itself, and a graceful end.
public enum ShopServer {
    /// The line that says where a service listens, once it does.
    public struct Bound: Codable, Sendable {
        public var service: ServiceName
        public var instance: Int
        /// `HOST:PORT`.
        public var address: String
    }

    /// Serves until SIGTERM or SIGINT.
    public static func run(_ options: ServeOptions) async throws {
        let telemetry = try Telemetry(configuration(options))
        telemetry.bootstrap()
        try await HTTPClient.withHTTPClient(configuration: clientConfiguration) { client in
            let environment = environment(options, client)
            let registry = options.registry.map {
                RegistryClient(registry: $0, client: TracedHTTPClient(client, measuresBodies: true))
            }
            try await serve(options, environment, telemetry, registry, client)
            await environment.callees.close()
        }
    }

    /// Admin routes first: middleware meets only the routes that are added after it.
    static func router(
        _ environment: ServiceEnvironment,
        service: any ShopService,
        admin: AdminRoutes
    ) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        admin.add(to: router)
        service.addUnobservedRoutes(to: router)
        var options = ClewMiddlewareOptions()
        options.measuresBodies = true
        router.addMiddleware {
            ClewMiddleware(options: options)
            SpokenErrors(service: environment.name)
            RequestLimits()
            FaultMiddleware(service: environment.name, faults: environment.faults)
        }
        service.addRoutes(to: router)
        return router
    }

    /// A group ends its services in reverse order: out of the registry, then no new requests, then no new messages, and
    /// telemetry last.
    private static func serve(
        _ options: ServeOptions,
        _ environment: ServiceEnvironment,
        _ telemetry: Telemetry,
        _ registry: RegistryClient?,
        _ client: HTTPClient
    ) async throws {
        let service = try options.name.makeService(in: environment)
        let callees = environment.callees
        let peers = AdminPeers(
            name: options.name, callees: callees, registry: registry, broker: options.broker, client: client)
        let discovery = registry.map { Discovery(registry: $0, callees: callees, logger: environment.logger) }
        let application = Application(
            router: router(environment, service: service, admin: AdminRoutes(environment, peers: peers)),
            configuration: .init(address: .hostname(options.host, port: options.port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? options.port
                discovery?.listening(instance(options, port: port))
                announce(options, port: port)
            },
            logger: environment.logger
        )
        var services: [any Service] = [telemetry]
        services += service.backgroundServices
        services.append(application)
        if let discovery { services.append(discovery) }
        let group = ServiceGroup(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: environment.logger)
        try await group.run()
    }

    private static func environment(_ options: ServeOptions, _ client: HTTPClient) -> ServiceEnvironment {
        let faults = FaultBoard(options.faults, seed: options.seed ?? .random(in: 0 ... .max))
        let switches = Switches(options.switches, without: options.without)
        return ServiceEnvironment(
            name: options.name,
            instance: options.instance,
            version: options.version,
            faults: faults,
            switches: switches,
            capacity: options.capacity,
            callees: Callees(
                of: options.name,
                client: TracedHTTPClient(client, measuresBodies: true),
                faults: faults,
                switches: switches,
                seeds: options.seeds
            ),
            broker: options.broker.broker(
                for: "\(options.name)-\(options.instance)", client: client,
                logger: Logger(label: options.name.rawValue)),
            messagingSystem: options.broker.messagingSystem,
            dataDirectory: options.dataDirectory,
            logger: Logger(label: options.name.rawValue)
        )
    }

    /// What the environment says of the instance wins.
    private static func configuration(_ options: ServeOptions) -> Telemetry.Configuration {
        var configuration = Telemetry.Configuration(
            service: options.name.rawValue, environment: ProcessInfo.processInfo.environment)
        let own = [
            SemanticConventions.serviceInstanceID: "\(options.name)-\(options.instance)",
            SemanticConventions.serviceVersion: options.version,
        ]
        let given = Set(configuration.resourceAttributes.map(\.key))
        for (key, value) in own.sorted(by: { $0.key < $1.key }) where !given.contains(key) {
            configuration.resourceAttributes.append(Attribute(key, .string(value)))
        }
        return configuration
    }

    private static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // Slow callees must queue where they are, not in the caller's connection pool.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        // `TracedHTTPClient` traces the business; the client's own spans would be of all that is to be unseen.
        configuration.tracing.tracer = nil
        return configuration
    }

    private static func instance(_ options: ServeOptions, port: Int) -> ServiceInstance {
        ServiceInstance(
            service: options.name, instance: options.instance, version: options.version, host: options.host, port: port)
    }

    private static func announce(_ options: ServeOptions, port: Int) {
        let bound = Bound(service: options.name, instance: options.instance, address: "\(options.host):\(port)")
        guard var line = try? JSONEncoder().encode(bound) else { return }
        line.append(UInt8(ascii: "\n"))
        FileHandle.standardOutput.write(line)
    }
}
