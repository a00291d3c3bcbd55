import ClewDemoShop
import Foundation

/// The collector and the services of one run, and the directory they write in.
struct Fleet: Sendable {
    /// Where clewd listens, as it prints it.
    struct CollectorAddresses: Decodable, Sendable {
        var otlpHTTP: String
        var otlpUDP: String
        var api: String

        enum CodingKeys: String, CodingKey {
            case otlpHTTP = "otlp_http"
            case otlpUDP = "otlp_udp"
            case api
        }
    }

    /// A service that runs.
    struct Running: Sendable {
        var process: ManagedProcess
        /// `HOST:PORT`.
        var address: String
    }

    /// A debug build on a busy machine needs seconds; a hang needs an end.
    static let startLimit = Duration.seconds(60)
    private static let stopLimit = Duration.seconds(10)

    let programs: Programs
    let directory: URL
    private(set) var daemon: ManagedProcess?
    private(set) var collector: CollectorAddresses?
    private(set) var running: [FleetMember: Running] = [:]
    let broker: FleetBroker
    #if RabbitMQ
        /// Where it is the broker, once it was started.
        var server: RabbitMQServer?
    #endif
    /// Started and not known to listen yet; they are stopped too.
    private var starting: [ManagedProcess] = []
    private var starts = 0
    private let settings: [String: String]

    /// Nothing runs yet; the directory is made.
    ///
    /// - Parameters:
    ///   - broker: By default one of the fleet's own.
    ///   - settings: Variables of the environment for all services, such as `CLEW_SHOP_CAPACITY`.
    init(programs: Programs, broker: FleetBroker = .own, settings: [String: String] = [:]) throws {
        self.programs = programs
        self.broker = broker
        self.settings = settings
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("clew-demo-\(UUID().uuidString.prefix(8).lowercased())", isDirectory: true)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// The processes of its services.
    var members: [FleetMember] {
        if case .own = broker { return FleetMember.all }
        return FleetMember.all.filter { $0 != .broker }
    }

    /// The gateway's URL.
    var gateway: String { "http://\(running[FleetMember(.gateway)]?.address ?? "")" }
    /// The URL that `clew` asks.
    var api: String { "http://\(collector?.api ?? "")" }
    /// Where all services have their files.
    var data: URL { directory.appendingPathComponent("shop", isDirectory: true) }

    /// This process's environment without settings that would lead telemetry or faults elsewhere.
    static func environment(adding added: [String: String]) -> [String: String] {
        ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("OTEL_") && !$0.key.hasPrefix("CLEW_") }
            .merging(added) { $1 }
    }

    mutating func startCollector() async throws {
        let arguments = [
            "--data", directory.appendingPathComponent("collector").path,
            "--otlp-http", "127.0.0.1:0", "--otlp-udp", "127.0.0.1:0", "--api", "127.0.0.1:0", "--print-addresses",
        ]
        let process = try launch("clewd", programs.clewd, arguments, Self.environment(adding: [:]))
        daemon = process
        collector = try await process.firstLine(CollectorAddresses.self, within: Self.startLimit)
    }

    /// Starts registry and broker, makes the queues, starts all others at once, and waits until each knows the services
    /// that it calls.
    mutating func startServices() async throws {
        #if RabbitMQ
            try await startServer()
        #endif
        try await start(members.filter(\.service.isInfrastructure))
        try await declareQueues()
        try await start(FleetMember.others)
        try await ServiceReadiness(addresses: running.values.map(\.address)).wait(within: Self.startLimit)
    }

    /// Starts members that do not run, where they listened before if they did.
    mutating func start(_ members: [FleetMember]) async throws {
        var started: [(member: FleetMember, process: ManagedProcess)] = []
        for member in members {
            let log = logName(member)
            let process = try launch(log, programs.shop, arguments(member), environment)
            starting.append(process)
            started.append((member, process))
        }
        for (member, process) in started {
            let bound = try await process.firstLine(ShopServer.Bound.self, within: Self.startLimit)
            running[member] = Running(process: process, address: bound.address)
        }
        starting.removeAll()
    }

    /// Ends a member without a word, as a crash does, and waits until it is gone.
    func kill(_ member: FleetMember) async {
        guard let process = running[member]?.process else { return }
        process.send(SIGKILL)
        _ = await process.end(within: Self.stopLimit)
    }

    /// Ends all services, what others depend on last, and lets them finish what they do.
    func stopServices() async {
        let infrastructure = running.filter(\.key.service.isInfrastructure).map(\.value.process)
        await finish(starting + running.filter { !$0.key.service.isInfrastructure }.map(\.value.process))
        await finish(infrastructure)
    }

    /// Stops all that was started, and removes what they wrote.
    ///
    /// - Parameter keepsFiles: Leaves it there instead.
    func stop(keepsFiles: Bool = false) async {
        await stopServices()
        #if RabbitMQ
            await server?.stop()
        #endif
        await finish(daemon.map { [$0] } ?? [])
        if !keepsFiles { try? FileManager.default.removeItem(at: directory) }
    }

    private func finish(_ processes: [ManagedProcess]) async {
        for process in processes { process.send(SIGTERM) }
        for process in processes {
            guard await process.end(within: Self.stopLimit) == nil else { continue }
            process.send(SIGKILL)
            _ = await process.end(within: .seconds(2))
        }
    }

    private func arguments(_ member: FleetMember) -> [String] {
        let port = running[member]?.address.split(separator: ":").last.map(String.init) ?? "0"
        var arguments = member.arguments + ["--port", port, "--data", data.path]
        if member != .registry, let registry = running[.registry] { arguments += ["--registry", registry.address] }
        if member != .broker, let broker = brokerText { arguments += ["--broker", broker] }
        return arguments
    }

    private var environment: [String: String] {
        // The default of five seconds between exports would be half of the demo.
        let telemetry = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://\(collector?.otlpHTTP ?? "")",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_BLRP_SCHEDULE_DELAY": "200",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        ]
        return Self.environment(adding: telemetry.merging(settings) { $1 })
    }

    /// Of its own for each start, so that a crash's last words are not written over.
    private mutating func logName(_ member: FleetMember) -> String {
        starts += 1
        return running[member] == nil ? member.name : "\(member.name).\(starts)"
    }

    private func launch(
        _ name: String,
        _ program: URL,
        _ arguments: [String],
        _ environment: [String: String]
    ) throws -> ManagedProcess {
        try ManagedProcess(
            name,
            program: program,
            arguments: arguments,
            environment: environment,
            log: directory.appendingPathComponent("\(name).log")
        )
    }
}
