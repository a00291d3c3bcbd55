import ClewModel

/// Puts the spans of one trace together; every step is a loop over flat arrays indexed like the input.
///
/// Time is that of one sort; memory is a fixed number of words a span.
struct TraceAssembly {
    private let spans: [SpanSummary]
    /// -1 for a root.
    private var parents: [Int]
    private var annotations: [Trace.Annotations]
    private var intervals: [Interval]
    private var offsets: [Int64]
    /// The spans that are no duplicates.
    private var kept: [Int]

    init(_ spans: [SpanSummary]) {
        self.spans = spans
        parents = Array(repeating: -1, count: spans.count)
        annotations = Array(repeating: [], count: spans.count)
        offsets = Array(repeating: 0, count: spans.count)
        intervals = spans.map { Interval(start: $0.start, end: max($0.start, $0.end)) }
        kept = []
        kept.reserveCapacity(spans.count)
        linkParents()
        cutCycles()
        adjustClocks()
        annotateTimes()
    }

    /// The spans and their places in display order: each followed by its descendants, siblings by start.
    func arranged() -> (spans: [SpanSummary], nodes: [Trace.Node]) {
        let order = SiblingLists(parents: parents, order: keptByStart()).preOrder(parents: parents)
        var position = Array(repeating: -1, count: spans.count)
        for (place, span) in order.enumerated() { position[span] = place }
        var nodes: [Trace.Node] = []
        nodes.reserveCapacity(order.count)
        for (place, span) in order.enumerated() {
            let parent = parents[span] < 0 ? -1 : position[parents[span]]
            nodes.append(
                Trace.Node(
                    source: span,
                    parent: parent,
                    subtreeEnd: place + 1,
                    depth: parent < 0 ? 0 : nodes[parent].depth + 1,
                    interval: intervals[span],
                    offset: offsets[span],
                    annotations: annotations[span]))
        }
        for place in nodes.indices.reversed() where nodes[place].parent >= 0 {
            let parent = nodes[place].parent
            nodes[parent].subtreeEnd = max(nodes[parent].subtreeEnd, nodes[place].subtreeEnd)
        }
        return (order.map { spans[$0] }, nodes)
    }

    private mutating func linkParents() {
        var index = SpanIndex(spans)
        for span in spans.indices {
            if let original = index.insert(span) {
                annotations[original].insert(.duplicate)
            } else {
                kept.append(span)
            }
        }
        for span in kept { linkParent(of: span, index) }
    }

    private mutating func linkParent(of index: Int, _ spanIndex: SpanIndex) {
        let span = spans[index]
        if let caller = spanIndex.caller(sharingIDWith: index) {
            parents[index] = caller
            return
        }
        guard let parentID = span.parentSpanID, parentID.isValid else { return }
        if parentID == span.spanID {
            annotations[index].insert(.cycle)
        } else if let parent = spanIndex.parent(parentID, ofSpanIn: span.service) {
            parents[index] = parent
        } else {
            annotations[index].insert(.missingParent)
        }
    }

    /// Makes the earliest span of each cycle a root, so that the cut does not depend on the order of arrival.
    private mutating func cutCycles() {
        var walks = Array(repeating: -1, count: spans.count)
        for start in kept where walks[start] < 0 {
            var node = start
            while node >= 0, walks[node] < 0 {
                walks[node] = start
                node = parents[node]
            }
            guard node >= 0, walks[node] == start else { continue }
            let cut = earliest(inCycleOf: node)
            parents[cut] = -1
            annotations[cut].insert(.cycle)
        }
    }

    private func earliest(inCycleOf start: Int) -> Int {
        var earliest = start
        var node = parents[start]
        while node != start {
            if precedes(key(node, spans[node].start), key(earliest, spans[earliest].start)) { earliest = node }
            node = parents[node]
        }
        return earliest
    }

    /// Goes from callers to callees, since a callee is compared with its caller's corrected time.
    private mutating func adjustClocks() {
        for node in SiblingLists(parents: parents, order: kept).levelOrder() where parents[node] >= 0 {
            let parent = parents[node]
            if spans[node].service == spans[parent].service {
                offsets[node] = offsets[parent]
            } else {
                offsets[node] = ClockSkew.offset(
                    of: intervals[node],
                    in: intervals[parent],
                    parentOffset: offsets[parent],
                    isWaitedFor: ClockSkew.isWaitedFor(spans[node], by: spans[parent]))
                if offsets[node] != 0, offsets[node] != offsets[parent] { annotations[node].insert(.clockSkew) }
            }
            intervals[node] = intervals[node].shifted(by: offsets[node])
        }
    }

    private mutating func annotateTimes() {
        for node in kept {
            if spans[node].end < spans[node].start { annotations[node].insert(.endsBeforeStart) }
            guard parents[node] >= 0 else { continue }
            let parent = intervals[parents[node]]
            if intervals[node].end > parent.end { annotations[node].insert(.outlivesParent) }
            if intervals[node].start < parent.start, spans[node].service == spans[parents[node]].service {
                annotations[node].insert(.clockSkew)
            }
        }
    }

    private func keptByStart() -> [Int] {
        kept.map { key($0, intervals[$0].start) }.sorted { precedes($0, $1) }.map(\.span)
    }

    /// What spans are ordered by, beside the index, so that comparing touches no other memory but for shared ids.
    private typealias Key = (start: UInt64, id: SpanID, span: Int)

    private func key(_ span: Int, _ start: UInt64) -> Key { (start, spans[span].spanID, span) }

    private func precedes(_ left: Key, _ right: Key) -> Bool {
        if left.start != right.start { return left.start < right.start }
        if left.id != right.id { return left.id < right.id }
        return spans[left.span].precedesTwin(spans[right.span])
    }
}
