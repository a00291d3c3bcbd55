import ClewModel

/// What a collector counted of the datagrams of a run, which are never acknowledged.
struct Reception: Codable, Hashable, Sendable {
    /// Datagrams, and those of which nothing was kept.
    var datagrams = 0
    var refusedDatagrams = 0
    /// Gaps in the numbers of the run's own datagrams.
    var lostDatagrams = 0
    /// Spans.
    var received = 0
    var stored = 0
    var dropped = 0

    private static let interval = Duration.milliseconds(250)
    /// Polls without a change after which all that comes has come.
    private static let quietPolls = 4
    /// Five minutes, in polls.
    private static let maximumPolls = 1200

    init() {}

    /// - Parameter sources: Of the run, as the datagrams' headers name them.
    private init(_ status: CollectorStatus, sources: Set<UInt64>) {
        func sum(_ counts: [CollectorStatus.Count]) -> Int {
            counts.filter { $0.signal == Signal.traces.rawValue && $0.transport == "udp" }.reduce(0) { $0 + $1.count }
        }
        let receivers = status.receivers
        datagrams = sum(receivers.requests)
        refusedDatagrams = sum(receivers.refusedRequests)
        received = sum(receivers.received)
        stored = sum(receivers.stored)
        dropped = sum(receivers.dropped) + sum(receivers.refused)
        let names = Set(sources.map { SpanID($0).hex })
        lostDatagrams = receivers.datagrams.sources.filter { names.contains($0.id) }.reduce(0) { $0 + $1.lost }
    }

    static func now(_ collector: DaemonSource, sources: Set<UInt64> = []) async throws(Failure) -> Reception {
        Reception(try await collector.status(), sources: sources)
    }

    /// What came since `before`, once the counters stand still.
    static func settled(
        _ collector: DaemonSource, since before: Reception, sources: Set<UInt64>, unless shouldStop: () -> Bool
    ) async throws(Failure) -> Reception {
        var last = try await now(collector, sources: sources)
        var quiet = 0
        for _ in 0..<maximumPolls where quiet < quietPolls && !shouldStop() {
            try? await Task.sleep(for: interval)
            let next = try await now(collector, sources: sources)
            quiet = next == last ? quiet + 1 : 0
            last = next
        }
        last.datagrams -= before.datagrams
        last.refusedDatagrams -= before.refusedDatagrams
        last.received -= before.received
        last.stored -= before.stored
        last.dropped -= before.dropped
        return last
    }
}
