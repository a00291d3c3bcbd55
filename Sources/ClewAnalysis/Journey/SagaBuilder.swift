public import ClewModel

/// Counts the sagas of a window into a ``SagaReport``, one span at a time and in any order, within a bound on memory.
///
/// Feed it all spans of the window: those without a saga only tell how far the window was seen.
public struct SagaBuilder: Sendable {
    /// Sagas held at most; spans of further ones are counted and left out.
    public let maximumSagas: Int
    /// Names at most; sagas of further ones are counted as one.
    public static let maximumNames = 200
    /// A saga that runs for less than this many nanoseconds is never called stuck: retries with backoff take seconds.
    public static let minimumStuckAge = 10 * UInt64.nanosecondsPerSecond

    private let from: UnixNanoseconds
    private let to: UnixNanoseconds
    private var first = UnixNanoseconds.max
    private var newest: UnixNanoseconds = 0
    private var sagas: [Key: SagaTrack] = [:]
    private var names: Set<String> = []
    private var droppedSpans = 0

    private struct Key: Hashable {
        var name: String
        var id: String
    }

    /// - Parameters:
    ///   - from: The window, as the report states it; spans are not checked against it.
    ///   - to: The window's end.
    public init(from: UnixNanoseconds, to: UnixNanoseconds, maximumSagas: Int = 100_000) {
        self.from = from
        self.to = max(from, to)
        self.maximumSagas = max(maximumSagas, 1)
    }

    public mutating func add(_ span: Span) {
        let interval = Interval(start: span.start, end: max(span.start, span.end))
        first = min(first, interval.start)
        newest = max(newest, interval.end)
        let span = JourneySpan(span)
        guard let id = span.sagaID, let name = span.sagaName else { return }
        let key = Key(name: admitted(BoundedText.cut(name)), id: BoundedText.cut(id))
        guard sagas[key] != nil || sagas.count < maximumSagas else {
            droppedSpans += 1
            return
        }
        sagas[key, default: SagaTrack()].add(span, interval)
    }

    private mutating func admitted(_ name: String) -> String {
        guard !names.contains(name) else { return name }
        guard names.count < Self.maximumNames else { return Overflow.name }
        names.insert(name)
        return name
    }

    /// - Parameter now: The moment to which ages are counted. Default: the end of the newest span, which is right for
    ///   what is over; a collector that is asked for the present passes the present.
    public func finish(at now: UnixNanoseconds? = nil) -> SagaReport {
        let end = first < .max ? min(newest, to) : to
        let now = now ?? end
        var groups: [String: [SagaTrack]] = [:]
        for (key, track) in sagas { groups[key.name, default: []].append(track) }
        let rows = groups.sorted { $0.key < $1.key }.map { row($0.key, $0.value, now) }
        let limits = Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.stuckAfter) })
        let unfinished = sagas.lazy.filter { !$0.value.state.isFinal }.map { key, track in
            Self.unfinished(key, track, now, stuckAfter: limits[key.name] ?? .max)
        }
        return SagaReport(
            from: first < .max ? min(max(from, first), end) : from, to: end, rows: rows,
            unfinished: unfinished.sorted(by: Self.isMoreUrgent), droppedSpans: droppedSpans)
    }

    private func row(_ name: String, _ tracks: [SagaTrack], _ now: UnixNanoseconds) -> SagaReport.Row {
        let durations = Quantiles(exactly: tracks.filter { $0.state.isFinal }.map(\.duration))
        let (twice, overflowed) = durations.p99.multipliedReportingOverflow(by: 2)
        let stuckAfter = max(Self.minimumStuckAge, overflowed ? .max : twice)
        func count(_ state: SagaReport.State) -> Int { tracks.count { $0.state == state } }
        return SagaReport.Row(
            name: name, completed: count(.completed), compensated: count(.compensated), parked: count(.parked),
            running: count(.running),
            stuck: tracks.count { $0.state == .running && now.elapsed(since: $0.start) > stuckAfter },
            stuckAfter: stuckAfter, durations: durations)
    }

    private static func unfinished(
        _ key: Key, _ track: SagaTrack, _ now: UnixNanoseconds, stuckAfter: UInt64
    ) -> SagaReport.Unfinished {
        let age = now.elapsed(since: track.start)
        return SagaReport.Unfinished(
            name: key.name, id: key.id, state: track.state, isStuck: track.state == .running && age > stuckAfter,
            start: track.start, age: age, silence: now.elapsed(since: track.last), lastStep: track.step,
            traceID: track.traceID)
    }

    private static func isMoreUrgent(_ left: SagaReport.Unfinished, _ right: SagaReport.Unfinished) -> Bool {
        func rank(_ saga: SagaReport.Unfinished) -> Int { saga.isStuck ? 0 : saga.state == .parked ? 1 : 2 }
        return (rank(left), left.start, left.id, left.name) < (rank(right), right.start, right.id, right.name)
    }
}
