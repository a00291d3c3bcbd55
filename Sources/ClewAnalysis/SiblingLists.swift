/// The children of every node of a forest, as linked lists in two flat arrays.
struct SiblingLists {
    private var first: [Int]
    private var next: [Int]

    /// - Parameters:
    ///   - parents: The parent of each node; negative for a root.
    ///   - order: The nodes that take part, in the order in which siblings shall be listed.
    init(parents: [Int], order: some BidirectionalCollection<Int>) {
        // The roots are children of a node past the last.
        first = Array(repeating: -1, count: parents.count + 1)
        next = Array(repeating: -1, count: parents.count)
        for node in order.reversed() {
            let parent = parents[node] < 0 ? parents.count : parents[node]
            next[node] = first[parent]
            first[parent] = node
        }
    }

    /// All nodes that a root leads to, parents before children, nearest to the roots first.
    func levelOrder() -> [Int] {
        var order: [Int] = []
        order.reserveCapacity(next.count)
        append(childrenOf: next.count, to: &order)
        var position = 0
        while position < order.count {
            append(childrenOf: order[position], to: &order)
            position += 1
        }
        return order
    }

    /// All nodes that a root leads to, each followed by its descendants.
    func preOrder(parents: [Int]) -> [Int] {
        var order: [Int] = []
        order.reserveCapacity(next.count)
        var node = first[next.count]
        while node >= 0 {
            order.append(node)
            if first[node] >= 0 {
                node = first[node]
                continue
            }
            while node >= 0, next[node] < 0 { node = parents[node] }
            if node >= 0 { node = next[node] }
        }
        return order
    }

    private func append(childrenOf parent: Int, to order: inout [Int]) {
        var child = first[parent]
        while child >= 0 {
            order.append(child)
            child = next[child]
        }
    }
}
