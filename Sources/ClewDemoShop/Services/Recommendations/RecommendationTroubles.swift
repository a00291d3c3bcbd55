import Hummingbird

/// What goes wrong in the recommendations while a switch is on.
struct RecommendationTroubles: Sendable {
    /// `no-timeout`: long after all callers gave up, for one request in three, which opens no breaker.
    private static let delay = Duration.seconds(1)
    private static let delayInterval = 3

    private let switches: Switches
    private let delays = EveryNth(Self.delayInterval)

    init(_ switches: Switches) {
        self.switches = switches
    }

    func meet() async throws {
        if switches.isOn(.noBreaker) {
            throw HTTPError(.internalServerError, message: "the recommendations do not work, as they were told to")
        }
        if switches.isOn(.noTimeout), delays.isNext() { try await Task.sleep(for: Self.delay) }
    }
}
