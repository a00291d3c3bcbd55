/// The shape of a tree that is given as a list in which each node follows its parent.
struct TreeShape {
    /// `nil` for a root, and for a node that names none before it.
    let parents: [Int?]
    let depths: [Int]

    init(_ parents: [Int?]) {
        let parents = parents.enumerated().map { index, parent in
            parent.flatMap { (0..<index).contains($0) ? $0 : nil }
        }
        var depths: [Int] = []
        for parent in parents { depths.append(parent.map { depths[$0] + 1 } ?? 0) }
        (self.parents, self.depths) = (parents, depths)
    }

    /// Which nodes are shown where not all can be: the heaviest, each with those above it.
    ///
    /// - Parameter weights: A node without weight is shown only above others.
    func kept(weights: [Double], limit: Int) -> [Bool] {
        var kept = Array(repeating: false, count: parents.count)
        var room = limit
        let order = parents.indices.filter { weights[$0] > 0 }
            .sorted { (weights[$1], $0) < (weights[$0], $1) }
        for index in order where room > 0 && !kept[index] {
            var branch: [Int] = []
            var next: Int? = index
            while let node = next, !kept[node], branch.count <= room {
                branch.append(node)
                next = parents[node]
            }
            guard branch.count <= room else { continue }
            for node in branch { kept[node] = true }
            room -= branch.count
        }
        return kept
    }
}
