#if RabbitMQ
    import Foundation
    import Logging

    /// A connection that is kept up, with a thread of its own, which the C library may block.
    ///
    /// The thread starts with the first job and ends with this instance.
    final class AMQPLink<State: AMQPLinkState>: Sendable {
        private let jobs = AMQPJobs<State>()
        private let address: AMQPAddress
        private let name: String
        private let logger: Logger
        private let makeState: @Sendable () -> State

        /// - Parameter name: What the server's tools call the connection, and logs the thread's failures.
        init(to address: AMQPAddress, name: String, logger: Logger, state: @escaping @Sendable () -> State) {
            self.address = address
            self.name = name
            self.logger = logger
            makeState = state
        }

        deinit { jobs.close() }

        /// Runs a job on the thread, when there is a session.
        ///
        /// - Throws: ``ShopError/Code/brokerFailed`` when there is none for ``AMQPSession/timeout``, when too many jobs wait,
        ///   and what the job throws.
        func perform<Value: Sendable>(
            _ body: @escaping @Sendable (inout State, AMQPSession) throws -> Value
        ) async throws -> Value {
            try await withCheckedThrowingContinuation { continuation in
                submit(
                    run: { state, session in
                        let result = Result { try body(&state, session) }
                        continuation.resume(with: result)
                    },
                    fail: { continuation.resume(throwing: $0) })
            }
        }

        /// Runs a job on the thread that may answer later; otherwise as ``perform(_:)``.
        func submit(
            run: @escaping @Sendable (inout State, AMQPSession) -> Void, fail: @escaping @Sendable (ShopError) -> Void
        ) {
            let job = AMQPJob(deadline: .now + AMQPSession.timeout, run: run, fail: fail)
            switch jobs.add(job) {
            case .accepted: break
            case .first: start()
            case .full: fail(ShopError(.brokerFailed, "too much waits for the broker at \(address); try later"))
            }
        }

        private func start() {
            let (jobs, address, name, logger, makeState) = (jobs, address, name, logger, makeState)
            let thread = Thread {
                var loop = AMQPLinkLoop(
                    jobs: jobs, address: address, name: name, logger: logger, state: makeState())
                loop.run()
            }
            thread.name = name
            thread.start()
        }
    }
#endif
