/// The recommendations as both home pages ask for them: soon or not at all.
struct Recommender: Sendable {
    /// Far above what they take, far below what a customer waits for.
    private static let time = Duration.milliseconds(500)
    /// `no-timeout`: the callee is given up on after this, and does not hear of it.
    private static let impatience = Duration.milliseconds(150)
    private static let attempts = 3
    private static let path = "/recommendations"

    private let switches: Switches
    private let isForWeb: Bool
    private let upstream: Upstream

    init(in environment: ServiceEnvironment) throws {
        switches = environment.switches
        isForWeb = environment.name == .webBFF
        // Repeated calls would come too late for a page that is shown without them.
        upstream = try environment.upstream(.recommendations).withoutRetry.attempting(within: Self.time)
    }

    /// - Returns: `nil` where the recommendations fail: the page is shown without them.
    /// - Throws: What they fail with, in a shop without fallbacks.
    func answer() async throws -> RecommendationsService.Answer? {
        // `nested-retries`: the failure goes on to the gateway, which asks again for all of it.
        guard !isForWeb || !switches.isOn(.nestedRetries) else {
            let upstream = upstream.repeating(attempts: Self.attempts, waits: true)
            return try await upstream.get(Self.path, as: RecommendationsService.Answer.self)
        }
        let upstream = chosen
        return try await optional("recommendations", switches) {
            try await upstream.get(Self.path, as: RecommendationsService.Answer.self)
        }
    }

    private var chosen: Upstream {
        if switches.isOn(.noBreaker) { return upstream.unguarded }
        guard isForWeb, switches.isOn(.noTimeout) else { return upstream }
        return upstream.attempting(within: Self.impatience)
    }
}
