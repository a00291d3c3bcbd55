import Clew
import ClewDurablePatterns
import Logging
import ServiceLifecycle

/// Goes on with the checkouts that a process left when it ended, or that a request could not wait for.
struct CheckoutResumption: Service {
    /// Far below the lease of a claim, after which a checkout counts as left.
    private static let interval = Duration.seconds(1)

    let orchestrator: Checkout.Orchestrator
    let switches: Switches
    let logger: Logger
    var clock = TelemetryClock.system

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await clock.sleep(Self.interval)
                // The switch `crash-orchestrator`: what was left stays where it is.
                if !switches.isOn(.crashOrchestrator) { await resume() }
            }
        }
    }

    private func resume() async {
        do {
            let count = try await orchestrator.resumePending()
            if count > 0 { logger.info("checkouts resumed", metadata: ["count": "\(count)"]) }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("checkouts not resumed; tried again in a second", metadata: ["reason": "\(error)"])
        }
    }
}
