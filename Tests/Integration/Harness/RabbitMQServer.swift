import Foundation
import NIOCore
import NIOPosix

/// A real RabbitMQ on free ports, with directories, a cookie and a port mapper of its own.
final class RabbitMQServer: Sendable {
    /// Without the wrapper of `/usr/sbin`, which changes the user and the directories.
    static let program = "/usr/lib/rabbitmq/bin/rabbitmq-server"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: program)
    static let isBuiltIn: Bool = {
        #if RabbitMQ
            true
        #else
            false
        #endif
    }()

    /// A virtual machine that starts on a busy one.
    private static let startSeconds = 120.0

    let address: String
    private let directory: String
    private let environment: [String: String]
    private let port: Int
    /// Erlang's, which the server starts and leaves behind where there is none.
    private let portMapper: RunningProcess
    private let process: CurrentProcess

    private init(directory: String, port: Int, environment: [String: String]) throws {
        self.directory = directory
        self.port = port
        self.environment = environment
        address = "amqp://guest:guest@127.0.0.1:\(port)"
        portMapper = try RunningProcess("/usr/bin/epmd", [], environment: environment)
        process = CurrentProcess(try RunningProcess(Self.program, [], environment: environment))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    static func start() async throws -> RabbitMQServer {
        let directory = Collector.freshDirectory()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("[].".utf8).write(to: URL(filePath: "\(directory)/plugins"))
        let ports = try await freePorts(3)
        let server = try RabbitMQServer(
            directory: directory, port: ports[0],
            environment: [
                "HOME": directory,
                "RABBITMQ_NODENAME": "clew\(ports[0])@localhost",
                "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
                "RABBITMQ_NODE_PORT": "\(ports[0])",
                "RABBITMQ_DIST_PORT": "\(ports[1])",
                "ERL_EPMD_PORT": "\(ports[2])",
                "ERL_EPMD_ADDRESS": "127.0.0.1",
                "RABBITMQ_MNESIA_BASE": "\(directory)/data",
                "RABBITMQ_LOG_BASE": "\(directory)/log",
                "RABBITMQ_CONFIG_FILE": "\(directory)/none",
                "RABBITMQ_ENABLED_PLUGINS_FILE": "\(directory)/plugins",
                // Replaces the shell, so that the process that is started is the one that is ended.
                "RUNNING_UNDER_SYSTEMD": "true",
            ])
        try await server.waitUntilUp()
        return server
    }

    /// SIGKILL: it cannot write what it has not written yet.
    func kill() async throws {
        let process = await process.value
        process.kill()
        _ = await process.status()
    }

    func restart() async throws {
        await process.replace(with: try RunningProcess(Self.program, [], environment: environment))
        try await waitUntilUp()
    }

    /// By SIGKILL: it inherits the blocked signals of a Dispatch thread, and would never hear another.
    func stop() async throws {
        try await kill()
        portMapper.kill()
        _ = await portMapper.status()
    }

    /// It listens only when it is ready.
    private func waitUntilUp() async throws {
        let process = await process.value
        try await eventually("RabbitMQ listens", within: Self.startSeconds) { () -> Void? in
            guard process.isRunning else { throw TestFailure("it ended: \(process.output)\(process.errors)") }
            let connection = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            guard let connection else { return nil }
            try await connection.close()
            return ()
        }
    }

    private static func freePorts(_ count: Int) async throws -> [Int] {
        var listeners: [any Channel] = []
        for _ in 0..<count {
            listeners.append(
                try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .bind(host: "127.0.0.1", port: 0).get())
        }
        let ports = listeners.compactMap { $0.localAddress?.port }
        for listener in listeners { try await listener.close() }
        return ports
    }
}

private actor CurrentProcess {
    private(set) var value: RunningProcess

    init(_ process: RunningProcess) {
        value = process
    }

    func replace(with process: RunningProcess) {
        value = process
    }
}
