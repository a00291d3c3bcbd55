import ClewDemoShop
import Foundation

/// A real RabbitMQ, which a test may kill.
final class RabbitMQServer: Sendable {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: RabbitMQNode.standardProgram)
    static let isBuiltIn: Bool = {
        #if RabbitMQ
            true
        #else
            false
        #endif
    }()

    private let node: RabbitMQNode
    private let directory: String
    private let portMapper: RunningProcess
    private let process: CurrentProcess

    var address: String { node.address }

    private init(_ node: RabbitMQNode, directory: String, portMapper: String) throws {
        self.node = node
        self.directory = directory
        self.portMapper = try RunningProcess(portMapper, [], environment: node.environment)
        process = CurrentProcess(try Self.launch(node))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    static func start() async throws -> RabbitMQServer {
        let directory = Collector.freshDirectory()
        guard let portMapper = RabbitMQNode.portMapper else { throw TestFailure("there is no epmd") }
        let node = try await RabbitMQNode(directory: URL(filePath: directory))
        let server = try RabbitMQServer(node, directory: directory, portMapper: portMapper)
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
        await process.replace(with: try Self.launch(node))
        try await waitUntilUp()
    }

    func stop() async throws {
        try await kill()
        portMapper.kill()
        _ = await portMapper.status()
    }

    private func waitUntilUp() async throws {
        let process = await process.value
        try await eventually("RabbitMQ listens", within: RabbitMQNode.startLimit / .seconds(1)) { () -> Void? in
            guard process.isRunning else { throw TestFailure("it ended: \(process.output)\(process.errors)") }
            return await node.isListening() ? () : nil
        }
    }

    private static func launch(_ node: RabbitMQNode) throws -> RunningProcess {
        try RunningProcess(RabbitMQNode.standardProgram, [], environment: node.environment)
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
