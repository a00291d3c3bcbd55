import ClewModel

/// Looks for the operation that cost a trace most more than usual: because its spans took longer by themselves, or
/// because there are more of them.
///
/// A span's excess is what its own time exceeds the usual by, as far as the root waited for it. The excess of surplus
/// calls is what as many calls usually take, so that a call that became slow is not blamed on its being made.
struct ExcessSearch {
    private let baseline: OperationBaseline
    /// By the operation's place in the baseline, in order of appearance.
    private var groups: [Int: Group] = [:]
    private var order: [Int] = []

    /// The spans of one operation.
    fileprivate struct Group {
        var first: Int
        var count = 0
        /// Spans with an excess, the time that the root waited for them, and the excess.
        var slower = 0
        var ownTime: UInt64 = 0
        var excess: UInt64 = 0
        var worst: (span: Int, excess: UInt64)
        /// The time that the root waited for the spans and all that lies below them.
        var time: UInt64 = 0
        /// One past the last descendant of the last span, so that what lies inside another of them counts once.
        var end = 0
    }

    /// - Parameter operations: Each span's place in the baseline; `nil` for what was not asked for.
    init(_ trace: Trace, _ operations: [Int?], _ baseline: OperationBaseline) {
        self.baseline = baseline
        let path = CriticalPath(of: trace)
        let times = Self.times(trace, path)
        let usual: [UInt64?] = baseline.operations.map { statistics in
            statistics.count >= OperationBaseline.minimumSamples ? statistics.ownTimes.quantile(0.5) : nil
        }
        for (index, place) in operations.enumerated() {
            guard let place else { continue }
            var group = groups[place] ?? Group(first: index, worst: (index, 0))
            if group.count == 0 { order.append(place) }
            group.count += 1
            if index >= group.end {
                group.time = group.time.saturatingAdd(times[index])
                group.end = trace.children(of: index).endIndex
            }
            if let usual = usual[place] { group.add(index, path.ownTime(of: index), trace.ownTime(of: index), usual) }
            groups[place] = group
        }
    }

    /// What explains most of an excess of so many nanoseconds; `nil` where nothing does.
    func cause(ofExcess total: UInt64) -> TraceVerdict.Cause? {
        var best: TraceVerdict.Cause?
        for place in order {
            guard let group = groups[place] else { continue }
            for cause in [ownTime(group, place), calls(group, place)].compactMap(\.self)
            where cause.excess > best?.excess ?? 0 {
                best = cause
            }
        }
        guard var cause = best else { return nil }
        cause.share = Double(cause.excess) / Double(max(1, total))
        return cause
    }

    private func usualCount(_ place: Int) -> Int {
        baseline.operations[place].calls.median(of: baseline.route?.count ?? 0)
    }

    private func ownTime(_ group: Group, _ place: Int) -> TraceVerdict.Cause? {
        guard group.excess > 0 else { return nil }
        return TraceVerdict.Cause(
            kind: .ownTime, span: group.worst.span, count: group.slower, usualCount: usualCount(place),
            time: group.ownTime, excess: group.excess, share: 0)
    }

    /// Half as many again at least: one more among many is no answer.
    private func calls(_ group: Group, _ place: Int) -> TraceVerdict.Cause? {
        let usual = usualCount(place)
        guard group.count > usual, group.count - usual >= (usual + 1) / 2 else { return nil }
        let surplus = Double(group.count - usual)
        let statistics = baseline.operations[place]
        var each = Double(group.time) / Double(group.count)
        if statistics.count >= OperationBaseline.minimumSamples {
            each = min(each, Double(statistics.durations.quantile(0.5)))
        }
        let excess = min(group.time, UInt64(exactly: (surplus * each).rounded()) ?? .max)
        guard excess > 0 else { return nil }
        return TraceVerdict.Cause(
            kind: .calls, span: group.first, count: group.count, usualCount: usual, time: group.time, excess: excess,
            share: 0)
    }

    /// For each span the time on the critical path of itself and its descendants.
    private static func times(_ trace: Trace, _ path: CriticalPath) -> [UInt64] {
        var times = trace.spans.indices.map { path.ownTime(of: $0) }
        // A parent stands before its children.
        for index in times.indices.reversed() {
            if let parent = trace.parent(of: index) { times[parent] = times[parent].saturatingAdd(times[index]) }
        }
        return times
    }
}

extension ExcessSearch.Group {
    /// - Parameters:
    ///   - waited: The span's own time on the critical path.
    ///   - own: All of its own time, which is what `usual` is the median of.
    fileprivate mutating func add(_ span: Int, _ waited: UInt64, _ own: UInt64, _ usual: UInt64) {
        let more = min(waited, own > usual ? own - usual : 0)
        guard more > 0 else { return }
        slower += 1
        ownTime = ownTime.saturatingAdd(waited)
        excess = excess.saturatingAdd(more)
        if more > worst.excess { worst = (span, more) }
    }
}
