public import Foundation
import NIOCore
import NIOPosix

/// How a RabbitMQ server is run for a while beside others: on free ports, with directories, a cookie and a port mapper
/// of its own.
///
/// Whoever starts it under Dispatch ends it by SIGKILL: it inherits blocked signals, and would never hear another. What
/// it confirmed survives that.
public struct RabbitMQNode: Sendable {
    /// Debian's, without the wrapper of `/usr/sbin`, which changes the user and the directories.
    public static let standardProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server"
    /// How long a start may take: that of a virtual machine, on a busy one.
    public static let startLimit = Duration.seconds(120)
    private static let addressOfHost = "127.0.0.1"

    /// As `--broker` takes it; a new server lets `guest` in from its own machine.
    public let address: String
    /// What server and port mapper need beside the environment that they inherit.
    public let environment: [String: String]
    private let port: Int

    /// - Parameter directory: Made where it is not there; the server writes nowhere else.
    /// - Throws: ``ShopError/Code/startFailed`` without free ports, and errors of the file system.
    public init(directory: URL) async throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let plugins = directory.appendingPathComponent("plugins")
        try Data("[].".utf8).write(to: plugins)
        let ports = try await Self.freePorts(3)
        guard ports.count == 3 else { throw ShopError(.startFailed, "there are no free ports for RabbitMQ") }
        port = ports[0]
        address = "\(AMQPAddress.scheme)guest:guest@\(Self.addressOfHost):\(ports[0])"
        environment = [
            "HOME": directory.path,
            "RABBITMQ_NODENAME": "clew\(ports[0])@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": Self.addressOfHost,
            "RABBITMQ_NODE_PORT": "\(ports[0])",
            "RABBITMQ_DIST_PORT": "\(ports[1])",
            "ERL_EPMD_PORT": "\(ports[2])",
            "ERL_EPMD_ADDRESS": Self.addressOfHost,
            "RABBITMQ_MNESIA_BASE": directory.appendingPathComponent("data").path,
            "RABBITMQ_LOG_BASE": directory.appendingPathComponent("log").path,
            "RABBITMQ_CONFIG_FILE": directory.appendingPathComponent("none").path,
            "RABBITMQ_ENABLED_PLUGINS_FILE": plugins.path,
            // Replaces the shell, so that the process that is started is the one that is ended.
            "RUNNING_UNDER_SYSTEMD": "true",
        ]
    }

    /// The program of Erlang's port mapper, which is started first: where none runs, the server starts one and leaves it
    /// behind. `nil` where it is not installed.
    public static var portMapper: String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":") + ["/usr/bin"]).map { "\($0)/epmd" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Whether it accepts connections, which it does when it is ready, and not before.
    public func isListening() async -> Bool {
        let connection = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: Self.addressOfHost, port: port).get()
        guard let connection else { return false }
        try? await connection.close()
        return true
    }

    private static func freePorts(_ count: Int) async throws -> [Int] {
        var listeners: [any Channel] = []
        for _ in 0..<count {
            listeners.append(
                try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .bind(host: addressOfHost, port: 0).get())
        }
        let ports = listeners.compactMap { $0.localAddress?.port }
        for listener in listeners { try await listener.close() }
        return ports
    }
}
