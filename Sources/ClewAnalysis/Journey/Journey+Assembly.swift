public import ClewModel

extension Journey {
    /// More is not read by anybody.
    public static let maximumSteps = 200

    /// Joins the traces that tell the story of `subject`; spans of other traces are left out. See ``JourneyJoin``.
    ///
    /// - Parameters:
    ///   - consumed: Destinations that are known to have consumers, beside those that the journey itself shows.
    ///   - maximumSteps: Steps kept at most.
    public init(
        _ spans: [Span], of subject: JourneySubject, consumed: Set<String> = [],
        maximumSteps: Int = Journey.maximumSteps
    ) {
        let join = JourneyJoin(spans, of: subject)
        self.init(join.spans, consumed: consumed, maximumSteps: maximumSteps, isCut: join.isCut)
    }

    /// Tells the story of spans that belong together.
    ///
    /// - Parameters:
    ///   - spans: Spans of any number of traces, in any order.
    ///   - consumed: Destinations that are known to have consumers, beside those that the journey itself shows.
    ///   - maximumSteps: Steps kept at most.
    ///   - isCut: Whether more traces belong to it than were looked at.
    public init(
        _ spans: [Span], consumed: Set<String> = [], maximumSteps: Int = Journey.maximumSteps, isCut: Bool = false
    ) {
        let traces = Dictionary(grouping: spans, by: \.traceID).values.map(JourneyTrace.init)
            .sorted { ($0.start, $0.trace.spans[0].traceID) < ($1.start, $1.trace.spans[0].traceID) }
        let own = Set(traces.lazy.filter { !$0.isFanIn }.map { $0.trace.spans[0].traceID })
        var drafts = JourneyDrafts()
        for trace in traces { drafts.add(trace, in: own) }
        drafts.settle()
        self.init(drafts, consumed: consumed, maximumSteps: max(maximumSteps, 1), isCut: isCut)
    }

    private init(_ drafts: JourneyDrafts, consumed: Set<String>, maximumSteps: Int, isCut: Bool) {
        let order = drafts.order
        let inOrder = order.map { drafts.drafts[$0] }
        let start = drafts.intervals.lazy.map(\.start).min() ?? 0
        let end = drafts.intervals.lazy.map(\.end).max() ?? 0
        let kept = Self.kept(order, drafts.drafts, atMost: maximumSteps)
        let sagas = drafts.sagas.list(inOrder)
        let orders = drafts.orders.list
        let pending = drafts.sagas.pending + JourneyMessages(inOrder, consumed: consumed).pending
        self.init(
            start: start,
            end: end,
            outcome: Self.outcome(sagas, orders, inOrder.map(\.step)),
            orders: orders,
            correlationIDs: drafts.correlationIDs.sorted(),
            sagas: sagas,
            steps: Self.numbered(kept, drafts.drafts, start: start),
            omittedSteps: order.count - kept.count,
            pending: pending.sorted(by: Self.waitsLonger),
            totals: Self.totals(drafts, elapsed: end - start, steps: inOrder),
            traces: drafts.traces,
            isCut: isCut)
    }

    /// What waits longest comes first; the rest only makes the order the same on every run.
    private static func waitsLonger(_ left: Pending, _ right: Pending) -> Bool {
        if left.since != right.since { return left.since < right.since }
        if left.name != right.name { return left.name < right.name }
        let (first, second) = (
            (left.detail ?? "", left.service ?? "", left.kind.rawValue, left.traceID),
            (right.detail ?? "", right.service ?? "", right.kind.rawValue, right.traceID)
        )
        return first < second
    }

    /// The steps of the lowest ranks and the failures, in order of time.
    private static func kept(_ order: [Int], _ drafts: [JourneyDraft], atMost limit: Int) -> [Int] {
        guard order.count > limit else { return order }
        func rank(_ place: Int) -> Int { drafts[place].step.isError ? 0 : drafts[place].step.kind.rank }
        let chosen = order.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
        return chosen.prefix(limit).sorted { $0.offset < $1.offset }.map(\.element)
    }

    private static func numbered(_ kept: [Int], _ drafts: [JourneyDraft], start: UnixNanoseconds) -> [Step] {
        let numbers = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0 + 1) })
        return kept.enumerated().map { index, place in
            var step = drafts[place].step
            step.number = index + 1
            step.offset = step.start.elapsed(since: start)
            step.undoes = drafts[place].undoes.flatMap { numbers[$0] }
            step.cause = drafts[place].cause.flatMap { numbers[$0] }
            return step
        }
    }

    private static func totals(_ drafts: JourneyDrafts, elapsed: UInt64, steps: [JourneyDraft]) -> Totals {
        let work = Self.covered(drafts.intervals)
        return Totals(
            elapsed: elapsed,
            work: work,
            waiting: elapsed - work,
            traces: drafts.traces.count,
            spans: drafts.intervals.count,
            services: drafts.services.count,
            errors: steps.count { $0.step.isError })
    }

    /// Nanoseconds that lie in at least one of the intervals.
    private static func covered(_ intervals: [Interval]) -> UInt64 {
        var total: UInt64 = 0
        var end: UnixNanoseconds = 0
        for interval in intervals.sorted(by: { $0.start < $1.start }) where interval.end > end {
            total += interval.end - max(interval.start, end)
            end = interval.end
        }
        return total
    }

    /// The state of the last saga and of the orders decide, then the first request.
    private static func outcome(_ sagas: [Saga], _ orders: [Order], _ steps: [Step]) -> Outcome {
        let states = Set(orders.compactMap(\.state))
        if sagas.contains(where: { $0.state == .parked }) { return .parked }
        if sagas.contains(where: { $0.state == .running }) || states.contains("pending") { return .pending }
        if let last = sagas.last, last.state == .compensated { return last.undone.isEmpty ? .refused : .compensated }
        if states.contains("failed") { return .failed }
        if states.contains("refused") { return .refused }
        guard sagas.isEmpty, states.isEmpty else { return .completed }
        let request = steps.first { $0.kind == .request } ?? steps.first
        return request?.isError == true ? .failed : .completed
    }
}
