import ClewPatterns
import Synchronization

/// The names of products, asked of the catalog, with those of the last answer where it fails.
final class CardCalls: Sendable {
    /// `retry-storm`: as often, at once.
    private static let stormAttempts = 6
    /// `nested-retries`: as often as the services before it ask again too.
    private static let nestedAttempts = 3

    private let switches: Switches
    private let catalog: Upstream
    private let last = Mutex<[CatalogService.Card]>([])

    init(in environment: ServiceEnvironment) throws {
        switches = environment.switches
        catalog = try environment.upstream(.catalog)
    }

    /// - Parameter products: Ids.
    func answer(_ products: [String]) async throws -> RecommendationsService.Answer {
        // `nested-retries`: the failure goes on to the page, which asks again.
        guard !switches.isOn(.nestedRetries) else {
            return RecommendationsService.Answer(items: try await cards(products), isDegraded: false)
        }
        return try await withFallback(name: "bestsellers", span: RequestSpan.current, when: switches.standsIn(for:)) {
            RecommendationsService.Answer(items: try await cards(products), isDegraded: false)
        } fallback: { _ in
            RecommendationsService.Answer(items: last.withLock(\.self), isDegraded: true)
        }
    }

    private func cards(_ products: [String]) async throws -> [CatalogService.Card] {
        let path = "/cards?" + ProductIDs(products).query
        let cards = try await chosen.get(path, as: [CatalogService.Card].self)
        // The catalog answers in the order of the ids; bestsellers come in that of their sales.
        let byID = Dictionary(cards.map { ($0.id, $0) }) { first, _ in first }
        let ranked = products.compactMap { byID[$0] }
        last.withLock { $0 = ranked }
        return ranked
    }

    private var chosen: Upstream {
        if switches.isOn(.retryStorm) { return catalog.repeating(attempts: Self.stormAttempts, waits: false) }
        if switches.isOn(.nestedRetries) { return catalog.repeating(attempts: Self.nestedAttempts, waits: true) }
        return catalog
    }
}
