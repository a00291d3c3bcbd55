import Clew
import ClewModel
import Hummingbird

/// What goes wrong in the catalog while a switch is on.
struct CatalogTroubles: Sendable {
    /// Several times what the catalog takes without it.
    private static let heat = Duration.milliseconds(80)
    /// The instance that runs hot, and only that one.
    private static let hotInstance = 2
    /// By switch, the share of cards that cannot be read.
    private static let failures: [(ShopSwitch, Double)] = [(.retryStorm, 0.4), (.nestedRetries, 0.75)]
    /// `nested-retries`: it fails for some seconds and then works for as long. What fails all the time is another matter,
    /// that of a breaker.
    private static let phase = 4 * UInt64.nanosecondsPerSecond

    private let environment: ServiceEnvironment

    init(_ environment: ServiceEnvironment) {
        self.environment = environment
    }

    /// `hot-instance`: one instance is slower than the others at everything.
    func heat() async throws {
        guard environment.switches.isOn(.hotInstance), environment.instance == Self.hotInstance else { return }
        try await Task.sleep(for: Self.heat)
    }

    /// `retry-storm` and `nested-retries` need something that fails: cards, which only the recommendations ask for.
    func failCard() throws {
        for (trouble, share) in Self.failures where environment.switches.isOn(trouble) {
            if trouble == .nestedRetries, TelemetryClock.system.wall() / Self.phase % 2 == 0 { continue }
            guard Double.random(in: 0..<1) >= share else {
                throw HTTPError(.serviceUnavailable, message: "the cards cannot be read just now; ask again")
            }
        }
    }
}
