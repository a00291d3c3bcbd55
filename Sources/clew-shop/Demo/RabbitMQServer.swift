#if RabbitMQ
    import ClewDemoShop
    import Foundation

    /// A RabbitMQ server of a fleet, and the port mapper that it needs. Both end by SIGKILL: see ``RabbitMQNode``.
    struct RabbitMQServer: Sendable {
        private static let pollInterval = Duration.milliseconds(100)
        private static let stopLimit = Duration.seconds(10)

        let node: RabbitMQNode
        private let program: URL
        private let directory: URL
        private var portMapper: ManagedProcess?
        private var process: ManagedProcess?
        private var starts = 0

        /// Nothing runs yet.
        ///
        /// - Parameters:
        ///   - program: As ``RabbitMQNode/standardProgram``.
        ///   - directory: That of the fleet, in which the server has its own.
        init(program: URL, in directory: URL) async throws {
            self.program = program
            self.directory = directory
            node = try await RabbitMQNode(directory: directory.appendingPathComponent("rabbitmq", isDirectory: true))
        }

        /// Starts it, again where it was killed, and waits until it listens.
        mutating func start() async throws {
            if portMapper == nil {
                guard let program = RabbitMQNode.portMapper else {
                    throw ShopError(.missingProgram, "'epmd' is not on the PATH; RabbitMQ needs it, install Erlang")
                }
                portMapper = try launch("epmd", URL(fileURLWithPath: program))
            }
            starts += 1
            let process = try launch(starts == 1 ? "rabbitmq" : "rabbitmq.\(starts)", program)
            self.process = process
            try await waitUntilUp(process)
        }

        func kill() async {
            await Self.end(process)
        }

        /// Ends the port mapper too.
        func stop() async {
            await Self.end(process)
            await Self.end(portMapper)
        }

        private func waitUntilUp(_ process: ManagedProcess) async throws {
            let deadline = ContinuousClock.now + RabbitMQNode.startLimit
            while await !node.isListening() {
                guard process.exitCode == nil else {
                    throw ShopError(.startFailed, "RabbitMQ ended at its start; its last lines:\n\(process.tail())")
                }
                guard ContinuousClock.now < deadline else {
                    throw ShopError(
                        .startFailed,
                        "RabbitMQ did not listen within \(RabbitMQNode.startLimit); its last lines:\n\(process.tail())")
                }
                try await Task.sleep(for: Self.pollInterval)
            }
        }

        private func launch(_ name: String, _ program: URL) throws -> ManagedProcess {
            try ManagedProcess(
                name, program: program, arguments: [], environment: Fleet.environment(adding: node.environment),
                log: directory.appendingPathComponent("\(name).log"))
        }

        private static func end(_ process: ManagedProcess?) async {
            process?.send(SIGKILL)
            _ = await process?.end(within: stopLimit)
        }
    }
#endif
