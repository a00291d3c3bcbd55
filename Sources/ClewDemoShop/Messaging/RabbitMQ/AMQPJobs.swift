#if RabbitMQ
    import ClewModel
    import Dispatch
    import Synchronization

    /// The bounded queue between tasks and a link's thread.
    final class AMQPJobs<State: AMQPLinkState>: Sendable {
        /// Far more than the shop has tasks that wait for one link.
        private static var capacity: Int { 1000 }

        enum Acceptance: Sendable {
            case accepted
            /// The first ever: somebody must start the thread.
            case first
            case full
        }

        private struct Content {
            var jobs: [AMQPJob<State>] = []
            var isStarted = false
            var isClosed = false
        }

        private let content = Mutex(Content())
        private let count = DispatchSemaphore(value: 0)

        var isClosed: Bool { content.withLock { $0.isClosed } }

        func add(_ job: AMQPJob<State>) -> Acceptance {
            let acceptance = content.withLock { content -> Acceptance in
                guard content.jobs.count < Self.capacity else { return .full }
                content.jobs.append(job)
                defer { content.isStarted = true }
                return content.isStarted ? .accepted : .first
            }
            if acceptance != .full { count.signal() }
            return acceptance
        }

        /// Waits for the next job; blocks the thread.
        func next(within wait: Duration) -> AMQPJob<State>? {
            let nanoseconds = Int(clamping: max(.zero, wait).nanoseconds)
            _ = count.wait(timeout: .now() + .nanoseconds(nanoseconds))
            return content.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
        }

        func removeExpired(_ now: ContinuousClock.Instant) -> [AMQPJob<State>] {
            content.withLock { content in
                let expired = content.jobs.filter { $0.deadline <= now }
                content.jobs.removeAll { $0.deadline <= now }
                return expired
            }
        }

        /// Lets the thread end.
        func close() {
            content.withLock { $0.isClosed = true }
            count.signal()
        }
    }
#endif
