import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A real clewd on free ports with a data directory of its own.
final class Collector: Sendable {
    struct Addresses: Decodable {
        var otlpHTTP: String
        var otlpUDP: String
        var api: String

        enum CodingKeys: String, CodingKey {
            case otlpHTTP = "otlp_http"
            case otlpUDP = "otlp_udp"
            case api
        }
    }

    let process: RunningProcess
    let addresses: Addresses
    let directory: String

    var api: String { "http://\(addresses.api)" }
    var otlp: String { "http://\(addresses.otlpHTTP)" }

    /// - Parameter directory: An existing one to start on again; by default a fresh one.
    static func start(in directory: String = Collector.freshDirectory(), _ more: String...) async throws -> Collector {
        try await start(Program.path("clewd"), arguments(directory) + more, directory)
    }

    /// Starts with the data on a file system of its own, which only the collector sees; needs root.
    ///
    /// - Parameters:
    ///   - megabytes: The size of the file system.
    ///   - preparation: A shell command that runs before the collector, in the data directory's parent.
    static func start(onFileSystemOf megabytes: Int, preparation: String) async throws -> Collector {
        let mount = freshDirectory()
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let script = """
            set -e; mount -t tmpfs -o size=\(megabytes)m tmpfs "$0"; (cd "$0"; \(preparation)); exec "$@"
            """
        let command = ["-m", "sh", "-c", script, mount, Program.path("clewd")] + arguments("\(mount)/data")
        return try await start("/usr/bin/unshare", command, mount)
    }

    /// Whether file systems can be mounted for a process alone.
    static let canMount: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private static func arguments(_ directory: String) -> [String] {
        [
            "--data", directory, "--otlp-http", "127.0.0.1:0", "--otlp-udp", "127.0.0.1:0", "--api", "127.0.0.1:0",
            "--print-addresses",
        ]
    }

    private static func start(_ path: String, _ arguments: [String], _ directory: String) async throws -> Collector {
        let process = try RunningProcess(path, arguments)
        let addresses: Addresses = try await eventually("clewd says where it listens") {
            guard process.isRunning else { throw TestFailure("clewd ended: \(process.errors)") }
            guard let line = process.output.split(separator: "\n").first, process.output.contains("\n") else {
                return nil
            }
            return try JSONDecoder().decode(Addresses.self, from: Data(line.utf8))
        }
        return Collector(process: process, addresses: addresses, directory: directory)
    }

    private init(process: RunningProcess, addresses: Addresses, directory: String) {
        self.process = process
        self.addresses = addresses
        self.directory = directory
    }

    static func freshDirectory() -> String {
        FileManager.default.temporaryDirectory.appending(path: "clew-data-\(UUID().uuidString)").path
    }

    /// Graceful stop; removes the data.
    func stop() async throws {
        process.terminate()
        let status = await process.status()
        try? FileManager.default.removeItem(atPath: directory)
        guard status == 0 else { throw TestFailure("clewd ended with \(status): \(process.errors)") }
    }

    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    func post(_ path: String, _ body: [UInt8], _ headers: [String: String]) async throws -> Answer {
        var request = HTTPClientRequest(url: otlp + path)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await Self.send(request)
    }

    func get(_ path: String) async throws -> Answer {
        try await Self.send(HTTPClientRequest(url: api + path))
    }

    /// A collector that was killed is gone at once, so connecting is tried once.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    static func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await client.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 256 << 20)
        let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return Answer(status: Int(response.status.code), headers: headers, body: Array(body.readableBytesView))
    }

    /// The value of a metric line of `/metrics` that begins with `prefix`; sums several.
    func metric(_ prefix: String) async throws -> Double {
        try await get("/metrics").text.split(separator: "\n").filter { $0.hasPrefix(prefix) }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}
