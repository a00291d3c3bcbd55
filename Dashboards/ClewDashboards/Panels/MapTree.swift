import ClewAnalysis

/// A service map unrolled into the lines of a tree.
struct MapTree {
    struct Line {
        /// The branches before the name.
        var prefix: String
        var name: String
        var kind: ServiceMap.NodeKind
        /// Of the call from the line above; of the node itself where nobody calls it.
        var calls: Int
        var errors: Int
        var durations: Quantiles
        /// Whether what the node calls is shown further up.
        var isRepeated: Bool
    }

    private(set) var lines: [Line] = []
    private let nodes: [String: ServiceMap.Node]
    private let callees: [String: [ServiceMap.Edge]]
    private var expanded: Set<String> = []

    init(_ map: ServiceMap) {
        nodes = Dictionary(map.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        callees = Dictionary(grouping: map.edges, by: \.from).mapValues { edges in
            edges.sorted { ($1.calls, $0.to) < ($0.calls, $1.to) }
        }
        let names = map.nodes.map(\.name) + map.edges.flatMap { [$0.from, $0.to] }
        let order = Set(names).sorted { (calls($1), $0) < (calls($0), $1) }
        let called = Set(map.edges.filter { $0.from != $0.to }.map(\.to))
        for name in order where !called.contains(name) { unroll(name) }
        // What is left is called only from within a cycle: enter it at its busiest node.
        for name in order where !expanded.contains(name) { unroll(name) }
    }

    /// Columns of branches; deeper levels are not moved further to the right, so that a long chain stays linear.
    private static let deepest = 60

    private func calls(_ name: String) -> Int { nodes[name]?.calls ?? 0 }

    /// What is still to be shown: an edge, or a root where there is none.
    private struct Pending {
        var name: String
        var edge: ServiceMap.Edge?
        /// The branches of the levels above.
        var trunk: String
        var isLast: Bool
    }

    private mutating func unroll(_ root: String) {
        var stack = [Pending(name: root, trunk: "", isLast: true)]
        while let next = stack.popLast() {
            let isNew = expanded.insert(next.name).inserted
            let edges = callees[next.name] ?? []
            lines.append(line(next, isRepeated: !isNew && !edges.isEmpty))
            guard isNew else { continue }
            let isDeep = next.trunk.count >= Self.deepest
            let trunk = next.edge == nil ? "" : isDeep ? next.trunk : next.trunk + (next.isLast ? "   " : "│  ")
            for (index, edge) in edges.enumerated().reversed() {
                stack.append(Pending(name: edge.to, edge: edge, trunk: trunk, isLast: index == edges.count - 1))
            }
        }
    }

    private func line(_ pending: Pending, isRepeated: Bool) -> Line {
        let node = nodes[pending.name]
        let branch = pending.edge == nil ? "" : pending.isLast ? "└─ " : "├─ "
        return Line(
            prefix: pending.trunk + branch,
            name: pending.name,
            kind: node?.kind ?? .service,
            calls: pending.edge?.calls ?? node?.calls ?? 0,
            errors: pending.edge?.errors ?? node?.errors ?? 0,
            durations: pending.edge?.durations ?? node?.durations ?? Quantiles(),
            isRepeated: isRepeated
        )
    }
}
