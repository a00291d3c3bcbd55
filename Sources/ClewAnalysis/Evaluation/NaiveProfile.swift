import ClewModel

/// What simple methods keep of a window: for each operation how often it ran, how long it took and its own time.
struct NaiveProfile: Sendable {
    struct Place: Hashable, Sendable {
        var service: String
        var operation: String
    }

    struct Times: Sendable {
        var count = 0
        /// Nanoseconds, summed.
        var ownTime = 0.0
        var durations = DurationHistogram()

        var meanOwnTime: Double { count == 0 ? 0 : ownTime / Double(count) }
    }

    /// Operations at most; further ones are not looked at.
    private static let maximumPlaces = 20_000

    private(set) var places: [Place: Times] = [:]
    /// The longest span of each service, in nanoseconds.
    private(set) var longest: [String: UInt64] = [:]

    mutating func add(_ trace: Trace) {
        for index in 0..<trace.count {
            let span = trace.spans[index]
            let place = Place(service: span.service, operation: span.name)
            guard places[place] != nil || places.count < Self.maximumPlaces else { continue }
            places[place, default: Times()].count += 1
            places[place, default: Times()].ownTime += Double(Self.ownTime(of: index, in: trace))
            places[place, default: Times()].durations.record(span.duration)
            longest[span.service] = max(longest[span.service] ?? 0, span.duration)
        }
    }

    /// Nanoseconds of a span that none of its children covers.
    private static func ownTime(of index: Int, in trace: Trace) -> UInt64 {
        let (start, end) = (trace.start(of: index), trace.end(of: index))
        var covered: UInt64 = 0
        var reached = start
        for child in trace.children(of: index) {
            let from = max(trace.start(of: child), reached)
            let to = min(trace.end(of: child), end)
            guard to > from else { continue }
            covered += to - from
            reached = to
        }
        return end - start - covered
    }

    // MARK: - Rankings

    func longestSpans() -> EvaluationRanking {
        EvaluationRanking(longest.map { EvaluationRanking.Entry($0.key, Double($0.value)) })
    }

    func growthOfOwnTime(since before: NaiveProfile) -> EvaluationRanking {
        growth(since: before) { $0.meanOwnTime }
    }

    func growthOfTail(since before: NaiveProfile) -> EvaluationRanking {
        growth(since: before) { Double($0.durations.quantile(0.95)) }
    }

    /// Services by their operation that grew most, of those that both windows have.
    private func growth(since before: NaiveProfile, _ figure: (Times) -> Double) -> EvaluationRanking {
        var largest: [String: Double] = [:]
        for (place, times) in places {
            guard let earlier = before.places[place] else { continue }
            let growth = figure(times) - figure(earlier)
            largest[place.service] = max(largest[place.service] ?? -.infinity, growth)
        }
        return EvaluationRanking(largest.map { EvaluationRanking.Entry($0.key, $0.value) })
    }
}
