#if RabbitMQ
    import ClewPatterns
    import Foundation
    import Logging

    /// What a link's thread does: connects, works, and connects again.
    struct AMQPLinkLoop<State: AMQPLinkState> {
        private static var backoff: Backoff {
            var backoff = Backoff()
            backoff.base = .milliseconds(200)
            backoff.cap = .seconds(5)
            return backoff
        }

        /// How soon a job is told that it waited too long.
        private static var lookInterval: Duration { .milliseconds(50) }

        let jobs: AMQPJobs<State>
        let address: AMQPAddress
        let name: String
        let logger: Logger
        var state: State

        mutating func run() {
            var failures = 0
            while !jobs.isClosed {
                do {
                    let session = try AMQPSession(to: address, name: name)
                    try state.begin(session)
                    if failures > 0 { logger.notice("the broker is back", metadata: ["connection": "\(name)"]) }
                    failures = 0
                    try serve(session)
                } catch {
                    failures += 1
                    // One line for an outage, not one for each attempt.
                    if failures == 1 {
                        logger.warning(
                            "the broker fails", metadata: ["connection": "\(name)", "reason": "\(error)"])
                    }
                    state.end(error)
                    let delay = Self.backoff.delay(beforeRetry: failures, random: .random(in: 0.5..<1))
                    pause(until: .now + delay, error)
                }
            }
            let closed = ShopError(.brokerFailed, "the connection to the broker at \(address) was closed")
            state.end(closed)
            for job in jobs.removeExpired(.now + .seconds(86_400)) { job.fail(closed) }
        }

        /// Until the session fails, which it throws, or the link is closed.
        private mutating func serve(_ session: AMQPSession) throws(ShopError) {
            while !jobs.isClosed {
                var patience = State.patience
                while let job = jobs.next(within: patience) {
                    patience = .zero
                    // What begins too late may be somebody else's by then: the claim of a relay ends.
                    guard ContinuousClock.Instant.now < job.deadline else {
                        job.fail(ShopError(.brokerFailed, "the broker at \(address) was not ready in time; try later"))
                        continue
                    }
                    job.run(&state, session)
                    if let failure = session.failure { throw failure }
                }
                try state.turn(session)
            }
        }

        /// Lets jobs wait for the next session, but none of them too long.
        private func pause(until end: ContinuousClock.Instant, _ reason: ShopError) {
            while !jobs.isClosed {
                let now = ContinuousClock.Instant.now
                for job in jobs.removeExpired(now) { job.fail(reason) }
                guard now < end else { return }
                Thread.sleep(forTimeInterval: min(end - now, Self.lookInterval) / .seconds(1))
            }
        }
    }
#endif
