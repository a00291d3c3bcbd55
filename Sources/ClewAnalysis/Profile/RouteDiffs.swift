/// All routes of two sides, compared.
public struct RouteDiffs: Hashable, Sendable, Codable {
    /// The routes of both sides, the one that got slower by most first.
    public var diffs: [CallDiff]
    /// Routes without traces on the other side, sorted.
    public var onlyBefore: [SlowAnalysis.Route]
    public var onlyNow: [SlowAnalysis.Route]

    public init(
        _ diffs: [CallDiff], onlyBefore: [SlowAnalysis.Route] = [], onlyNow: [SlowAnalysis.Route] = []
    ) {
        self.diffs = diffs
        self.onlyBefore = onlyBefore
        self.onlyNow = onlyNow
    }

    /// Compares the profiles of equal routes; of several profiles of one route the first counts.
    public init(before: [CallProfile], now: [CallProfile]) {
        let earlier = Dictionary(before.map { ($0.route, $0) }, uniquingKeysWith: { first, _ in first })
        let later = Dictionary(now.map { ($0.route, $0) }, uniquingKeysWith: { first, _ in first })
        let both = later.keys.filter { earlier[$0] != nil }.sorted()
        let diffs = both.compactMap { route -> CallDiff? in
            guard let before = earlier[route], let now = later[route] else { return nil }
            return CallDiff(before: before, now: now)
        }
        self.init(
            // Routes are sorted and so settle equal changes.
            diffs.enumerated().sorted { ($1.element.change, $0.offset) < ($0.element.change, $1.offset) }
                .map(\.element),
            onlyBefore: earlier.keys.filter { later[$0] == nil }.sorted(),
            onlyNow: later.keys.filter { earlier[$0] == nil }.sorted())
    }

    /// The routes that got slower by more than is allowed, in order of ``diffs``.
    public func exceeding(_ limit: RegressionLimit) -> [CallDiff] {
        diffs.filter { limit.isExceeded(by: $0) }
    }
}
