extension CallDiff {
    /// Puts two profiles side by side; it takes the time of a look-up a node, whatever the depth.
    public init(before: CallProfile, now: CallProfile) {
        var alignment = Alignment()
        alignment.add(now.nodes) { $0.now = $1 }
        alignment.add(before.nodes) { $0.before = $1 }
        self.init(before: Side(before), now: Side(now), rows: alignment.rows)
    }

    /// Rows being filled, parents first.
    private struct Alignment {
        private var drafts: [Row] = []
        /// Nanoseconds after the caller's start, as the side says on which the row was met first.
        private var starts: [Double] = []
        private var places: [Place: Int] = [:]

        private struct Place: Hashable {
            var parent: Int?
            /// `nil` for the root.
            var hop: Hop?
        }

        mutating func add(_ nodes: [CallProfile.Node], _ fill: (inout Row, Figures) -> Void) {
            // The place of each node among the rows; nodes that name no earlier one as their caller are roots.
            var numbers: [Int] = []
            for (index, node) in nodes.enumerated() {
                let parent = node.parent.flatMap { (0..<index).contains($0) ? numbers[$0] : nil }
                let place = Place(parent: parent, hop: parent == nil ? nil : node.hop)
                let number = places[place] ?? drafts.count
                if number == drafts.count {
                    places[place] = number
                    let depth = parent.map { drafts[$0].depth + 1 } ?? 0
                    drafts.append(Row(hop: node.hop, parent: parent, depth: depth, before: nil, now: nil))
                    starts.append(node.start)
                }
                numbers.append(number)
                fill(
                    &drafts[number],
                    Figures(ownTime: node.ownTime, calls: node.calls, errorShare: node.errorShare))
            }
        }

        /// In pre-order, siblings by start.
        var rows: [Row] {
            let parents = drafts.map { $0.parent ?? -1 }
            let byStart = drafts.indices.sorted(by: precedes)
            let order = SiblingLists(parents: parents, order: byStart).preOrder(parents: parents)
            var places = Array(repeating: 0, count: drafts.count)
            for (place, number) in order.enumerated() { places[number] = place }
            return order.map { number in
                var row = drafts[number]
                row.parent = row.parent.map { places[$0] }
                return row
            }
        }

        private func precedes(_ left: Int, _ right: Int) -> Bool {
            starts[left] != starts[right] ? starts[left] < starts[right] : drafts[left].hop.precedes(drafts[right].hop)
        }
    }
}
