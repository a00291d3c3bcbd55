/// The lines that lead to the nodes of a tree, two columns a level.
enum TreeBranches {
    struct Prefix {
        /// Before the node itself.
        var own: String
        /// Before further lines of the node.
        var below: String
    }

    /// Prefixes of nodes given in display order by their depths.
    ///
    /// - Parameter levels: Levels drawn; deeper nodes stand below the last and are given their depth as a number.
    static func prefixes(_ depths: [Int], atMost levels: Int) -> [Prefix] {
        // Whether another node follows on a level below the same parent, seen from the end.
        var continues = Array(repeating: false, count: levels + 1)
        var result: [Prefix] = []
        for depth in depths.reversed() {
            let level = min(depth, levels)
            let trunk = (1..<max(level, 1)).map { continues[$0] ? "│ " : "  " }.joined()
            let branch = level == 0 ? "" : continues[level] ? "├ " : "└ "
            let below = level == 0 ? "" : continues[level] ? "│ " : "  "
            let number = depth > levels ? "\(depth)·" : ""
            result.append(Prefix(own: trunk + branch + number, below: trunk + below + "  "))
            continues[level] = true
            for deeper in (level + 1)..<max(levels + 1, level + 1) { continues[deeper] = false }
        }
        return result.reversed()
    }
}
