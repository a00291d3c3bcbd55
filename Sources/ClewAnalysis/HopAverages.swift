import ClewModel

/// Mean own time and calls of each hop over a group of traces; a trace without the hop counts as zero.
struct HopAverages {
    let traceCount: Int
    /// Nanoseconds; the sum of all hops' mean own times.
    let meanDuration: Double
    private let totals: [Hop: Total]

    private struct Total {
        var ownTime = 0.0
        var calls = 0
        var traces = 0
        /// The traces with most own time, the worst first.
        var worst: [(ownTime: UInt64, traceID: TraceID)] = []

        mutating func add(_ time: TraceVector.HopTotal, of trace: TraceID) {
            ownTime += Double(time.ownTime)
            calls += time.calls
            traces += 1
            let place = worst.firstIndex { $0.ownTime < time.ownTime } ?? worst.count
            guard place < HopAverages.maximumExamples else { return }
            worst.insert((time.ownTime, trace), at: place)
            if worst.count > HopAverages.maximumExamples { worst.removeLast() }
        }
    }

    private static let maximumExamples = 5

    /// - Parameter hops: The hops that the traces' numbers stand for.
    init(_ traces: [TraceVector], hops: [Hop]) {
        var byNumber = Array(repeating: Total(), count: hops.count)
        for trace in traces {
            for time in trace.hops { byNumber[time.hop].add(time, of: trace.traceID) }
        }
        traceCount = traces.count
        meanDuration = traces.reduce(0) { $0 + Double($1.duration) } / Double(max(1, traces.count))
        let used = zip(hops, byNumber).filter { $0.1.traces > 0 }
        totals = Dictionary(uniqueKeysWithValues: used.map { ($0.0, $0.1) })
    }

    /// Each hop of either group, the one that contributes most to the difference first.
    func shares(against typical: HopAverages) -> [SlowReport.HopShare] {
        let difference = meanDuration - typical.meanDuration
        return Set(totals.keys).union(typical.totals.keys)
            .map { share(of: $0, against: typical, difference: difference) }
            .sorted(by: Self.precedes)
    }

    private func share(of hop: Hop, against typical: HopAverages, difference: Double) -> SlowReport.HopShare {
        let (here, there) = (totals[hop] ?? Total(), typical.totals[hop] ?? Total())
        let (slowMean, typicalMean) = (mean(here.ownTime), typical.mean(there.ownTime))
        return SlowReport.HopShare(
            hop: hop,
            slowMean: slowMean,
            typicalMean: typicalMean,
            slowCalls: mean(Double(here.calls)),
            typicalCalls: typical.mean(Double(there.calls)),
            shareOfTime: meanDuration > 0 ? slowMean / meanDuration : 0,
            shareOfDifference: difference != 0 ? (slowMean - typicalMean) / difference : 0,
            slowTraces: here.traces,
            examples: here.worst.map(\.traceID))
    }

    private func mean(_ total: Double) -> Double { total / Double(max(1, traceCount)) }

    private static func precedes(_ left: SlowReport.HopShare, _ right: SlowReport.HopShare) -> Bool {
        if left.change != right.change { return left.change > right.change }
        if left.slowMean != right.slowMean { return left.slowMean > right.slowMean }
        return (left.hop.name, left.hop.operation, left.hop.kind.rawValue)
            < (right.hop.name, right.hop.operation, right.hop.kind.rawValue)
    }
}
