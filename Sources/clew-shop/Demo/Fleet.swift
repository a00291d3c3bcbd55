import ClewDemoShop
import Foundation

/// The collector and the six services of one run, and the directory they write in.
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

    /// A debug build on a busy machine needs seconds; a hang needs an end.
    private static let startLimit = Duration.seconds(30)
    private static let stopLimit = Duration.seconds(10)
    /// Callees before their callers.
    private static let startOrder: [ServiceName] = [.catalog, .payments, .inventory, .shipping, .orders, .gateway]

    let programs: Programs
    let directory: URL
    private(set) var processes: [ManagedProcess] = []
    private(set) var collector: CollectorAddresses?
    private(set) var services: [ServiceName: String] = [:]

    /// Nothing runs yet; the directory is made.
    init(programs: Programs) throws {
        self.programs = programs
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("clew-demo-\(UUID().uuidString.prefix(8).lowercased())", isDirectory: true)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// The gateway's URL.
    var gateway: String { "http://\(services[.gateway] ?? "")" }
    /// The URL that `clew` asks.
    var api: String { "http://\(collector?.api ?? "")" }

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
        let process = try start("clewd", programs.clewd, arguments, Self.environment(adding: [:]))
        collector = try await process.firstLine(CollectorAddresses.self, within: Self.startLimit)
    }

    /// Starts the services, each told where its callees and the collector are.
    mutating func startServices() async throws {
        // The default of five seconds between exports would be half of the demo.
        let environment = Self.environment(adding: [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://\(collector?.otlpHTTP ?? "")",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_BLRP_SCHEDULE_DELAY": "200",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        ])
        for name in Self.startOrder {
            let data = directory.appendingPathComponent("shop").path
            let upstreams = name.upstreams.flatMap { ["--upstream", "\($0)=\(services[$0] ?? "")"] }
            let arguments = ["serve", name.rawValue, "--port", "0", "--data", data] + upstreams
            let process = try start(name.rawValue, programs.shop, arguments, environment)
            services[name] = try await process.firstLine(ShopServer.Bound.self, within: Self.startLimit).address
        }
    }

    /// Stops all that was started, callers first, and removes what they wrote.
    func stop() async {
        for process in processes.reversed() where process.name != "clewd" { process.send(SIGTERM) }
        for process in processes.reversed() where process.name != "clewd" { await finish(process) }
        for process in processes where process.name == "clewd" {
            process.send(SIGTERM)
            await finish(process)
        }
        try? FileManager.default.removeItem(at: directory)
    }

    private func finish(_ process: ManagedProcess) async {
        if await process.end(within: Self.stopLimit) == nil {
            process.send(SIGKILL)
            _ = await process.end(within: .seconds(2))
        }
    }

    private mutating func start(
        _ name: String,
        _ program: URL,
        _ arguments: [String],
        _ environment: [String: String]
    ) throws -> ManagedProcess {
        let log = directory.appendingPathComponent("\(name).log")
        let process = try ManagedProcess(
            name,
            program: program,
            arguments: arguments,
            environment: environment,
            log: log
        )
        processes.append(process)
        return process
    }
}
