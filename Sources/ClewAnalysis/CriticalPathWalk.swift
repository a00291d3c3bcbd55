import ClewModel

/// The backward walk that finds a ``CriticalPath``, with its own stack.
struct CriticalPathWalk {
    private(set) var segments: [CriticalPath.Segment] = []
    private(set) var ownTimes: [UInt64]
    private(set) var onPath: [Bool]
    private let trace: Trace
    private var frames: [Frame] = []
    /// The children that each frame has still to look at, frame above frame, the last to end on top.
    private var candidates: [Candidate] = []

    /// A span on the path, being explained from `bounds.end` backwards.
    private struct Frame {
        var span: Int
        var bounds: Interval
        /// What lies after it is explained.
        var cursor: UInt64
        /// Where its candidates start.
        var base: Int
    }

    private struct Candidate {
        var span: Int
        /// Clipped to the parent's bounds.
        var interval: Interval
    }

    init(_ trace: Trace) {
        self.trace = trace
        ownTimes = Array(repeating: 0, count: trace.count)
        onPath = Array(repeating: false, count: trace.count)
    }

    mutating func run() {
        guard let root = trace.root else { return }
        enter(root, within: Interval(start: trace.start(of: root), end: trace.end(of: root)))
        while let frame = frames.last {
            if candidates.count > frame.base {
                step(into: candidates.removeLast(), from: frame)
            } else {
                spend(frame.span, from: frame.bounds.start, to: frame.cursor)
                frames.removeLast()
            }
        }
        segments.reverse()
    }

    private mutating func step(into child: Candidate, from frame: Frame) {
        let end = min(child.interval.end, frame.cursor)
        let overlap = child.interval.end - end
        guard overlap <= CriticalPath.slack(for: child.interval.length), child.interval.start < end else { return }
        spend(frame.span, from: end, to: frame.cursor)
        frames[frames.count - 1].cursor = child.interval.start
        enter(child.span, within: Interval(start: child.interval.start, end: end))
    }

    private mutating func enter(_ span: Int, within bounds: Interval) {
        onPath[span] = true
        frames.append(Frame(span: span, bounds: bounds, cursor: bounds.end, base: candidates.count))
        var waitedFor: [Candidate] = []
        for child in trace.children(of: span) {
            guard let candidate = candidate(child, of: span, within: bounds) else { continue }
            waitedFor.append(candidate)
        }
        if waitedFor.count > 1 {
            confineOutliving(&waitedFor, parent: span)
            waitedFor.sort { key($0) < key($1) }
        }
        candidates.append(contentsOf: waitedFor)
    }

    /// Leaves to children that outlive their parent only the time after the last child that does not.
    private func confineOutliving(_ children: inout [Candidate], parent: Int) {
        let lastEnd = children.lazy.filter { !outlives($0, parent) }.map(\.interval.end).max() ?? 0
        for index in children.indices where outlives(children[index], parent) {
            let interval = children[index].interval
            children[index].interval.start = min(max(interval.start, lastEnd), interval.end)
        }
    }

    private func outlives(_ child: Candidate, _ parent: Int) -> Bool {
        let (end, limit) = (trace.end(of: child.span), trace.end(of: parent))
        return end > limit && end - limit > CriticalPath.slack(for: end - trace.start(of: child.span))
    }

    private func candidate(_ child: Int, of parent: Int, within bounds: Interval) -> Candidate? {
        let (start, end) = (max(trace.start(of: child), bounds.start), min(trace.end(of: child), bounds.end))
        guard start < end else { return nil }
        if trace.spans[child].kind == .consumer, trace.end(of: child) > trace.end(of: parent) { return nil }
        return Candidate(span: child, interval: Interval(start: start, end: end))
    }

    /// Orders by end. Of two that reach the bound, the one that ended nearer to it is the one more likely waited for;
    /// then the one that explains more.
    private func key(_ candidate: Candidate) -> (UInt64, UInt64, UInt64, Int) {
        (candidate.interval.end, .max - trace.end(of: candidate.span), .max - candidate.interval.start, -candidate.span)
    }

    private mutating func spend(_ span: Int, from: UInt64, to: UInt64) {
        guard from < to else { return }
        ownTimes[span] += to - from
        segments.append(CriticalPath.Segment(span: span, from: from, to: to))
    }
}
