import ClewModel

/// The tree of a ``CallProfile`` while traces are added to it.
///
/// A span is counted in the node of its hop below the node of its parent. Nodes are numbered parents first; the first is
/// the root. Nothing recurses, and adding a trace takes the time of a few look-ups a span.
struct CallTree: Sendable {
    private(set) var nodes: [Node]
    private var places: [Place: Int]
    private var visits = 0

    /// A node is found by its caller and its hop.
    private struct Place: Hashable {
        var parent: Int
        var hop: Hop
    }

    struct Node: Sendable {
        let hop: Hop
        /// -1 for the root.
        let parent: Int
        /// Traces that have it.
        fileprivate(set) var traces = 0
        /// All its spans.
        fileprivate(set) var calls = OutcomeStats()
        fileprivate(set) var waitedCalls = 0
        /// One entry a trace that waited for it.
        fileprivate(set) var own = OutcomeStats()
        /// Nanoseconds over all traces. Whole numbers below 2^53 add up exactly in any order.
        fileprivate(set) var ownTime = 0.0
        fileprivate(set) var start = 0.0
        fileprivate var visit = Visit()

        /// What the trace that is being added does here.
        fileprivate struct Visit {
            var number = 0
            var calls = 0
            var ownTime: UInt64 = 0
            var start: UInt64 = .max
        }

        fileprivate init(hop: Hop, parent: Int) {
            self.hop = hop
            self.parent = parent
        }
    }

    /// Stands for all calls of a node past the bound, and for what is below them.
    static let other = Hop(kind: .work, service: Overflow.name, operation: Overflow.name)

    /// A tree whose root is the work of a route, whatever the kind of its spans.
    init(_ route: SlowAnalysis.Route) {
        let hop = Hop(kind: .work, service: route.service, operation: route.operation)
        nodes = [Node(hop: Self.cut(hop), parent: -1)]
        places = [:]
    }

    /// Adds what lies below the root of a trace.
    ///
    /// - Parameter limit: Nodes at most, of which hops that no trace waited for get the first half only. Each node may
    ///   have one further child, ``other``.
    mutating func add(_ trace: Trace, root: Int, limit: Int) {
        let path = CriticalPath(of: trace)
        visits += 1
        // A span's descendants follow it, parents first.
        let spans = root..<trace.children(of: root).endIndex
        var numbers = Array(repeating: 0, count: spans.count)
        var visited: [Int] = []
        for span in spans {
            let parent = span == root ? nil : trace.parent(of: span)
            let isWaitedFor = path.contains(span)
            var place = 0
            if let parent {
                place = number(of: Hop(of: span, in: trace), below: numbers[parent - root], limit, isWaitedFor)
            }
            numbers[span - root] = place
            if enter(place) { visited.append(place) }
            let start = trace.start(of: span)
            let parentStart = parent.map { trace.start(of: $0) } ?? start
            nodes[place].count(
                trace.spans[span], ownTime: isWaitedFor ? path.ownTime(of: span) : nil,
                start: start > parentStart ? start - parentStart : 0)
        }
        for number in visited { nodes[number].leave() }
    }

    /// Adds all that another tree holds; the roots are one node.
    mutating func merge(_ other: CallTree, limit: Int) {
        var numbers = Array(repeating: 0, count: other.nodes.count)
        for (index, node) in other.nodes.enumerated() {
            if node.parent >= 0 {
                numbers[index] = number(of: node.hop, below: numbers[node.parent], limit, node.own.count > 0)
            }
            nodes[numbers[index]].merge(node)
        }
    }

    /// Whether the current trace is here for the first time.
    private mutating func enter(_ number: Int) -> Bool {
        guard nodes[number].visit.number != visits else { return false }
        nodes[number].visit = Node.Visit(number: visits)
        return true
    }

    private mutating func number(of hop: Hop, below parent: Int, _ limit: Int, _ isWaitedFor: Bool) -> Int {
        guard nodes[parent].hop != Self.other else { return parent }
        let hop = Self.cut(hop)
        if let number = places[Place(parent: parent, hop: hop)] { return number }
        if nodes.count < (isWaitedFor ? limit : limit / 2) { return insert(hop, below: parent) }
        return places[Place(parent: parent, hop: Self.other)] ?? insert(Self.other, below: parent)
    }

    private mutating func insert(_ hop: Hop, below parent: Int) -> Int {
        places[Place(parent: parent, hop: hop)] = nodes.count
        nodes.append(Node(hop: hop, parent: parent))
        return nodes.count - 1
    }

    private static func cut(_ hop: Hop) -> Hop {
        Hop(
            kind: hop.kind, service: BoundedText.cut(hop.service), target: BoundedText.cut(hop.target),
            operation: BoundedText.cut(hop.operation))
    }
}

extension CallTree.Node {
    /// - Parameter ownTime: `nil` off the critical path.
    fileprivate mutating func count(_ span: SpanSummary, ownTime: UInt64?, start: UInt64) {
        calls.record(duration: span.duration, isError: span.isError)
        visit.start = min(visit.start, start)
        guard let ownTime else { return }
        visit.calls += 1
        // Own times of one trace partition its root's interval, so their sum fits.
        visit.ownTime += ownTime
    }

    /// Keeps what the current trace did here.
    fileprivate mutating func leave() {
        traces += 1
        start += Double(visit.start)
        guard visit.calls > 0 else { return }
        waitedCalls += visit.calls
        own.record(duration: visit.ownTime, isError: false)
        ownTime += Double(visit.ownTime)
    }

    fileprivate mutating func merge(_ other: CallTree.Node) {
        traces += other.traces
        calls.merge(other.calls)
        waitedCalls += other.waitedCalls
        own.merge(other.own)
        ownTime += other.ownTime
        start += other.start
    }
}
