extension CallTree {
    /// The nodes as a ``CallProfile`` lists them.
    ///
    /// - Parameters:
    ///   - traceCount: Traces that were added.
    ///   - duration: Nanoseconds of their roots together.
    func profile(traceCount: Int, duration: Double) -> [CallProfile.Node] {
        let parents = nodes.map(\.parent)
        let order = SiblingLists(parents: parents, order: nodes.indices.sorted(by: precedes)).preOrder(parents: parents)
        var places = Array(repeating: 0, count: nodes.count)
        for (place, number) in order.enumerated() { places[number] = place }
        var result: [CallProfile.Node] = []
        result.reserveCapacity(order.count)
        for number in order {
            let parent = parents[number] < 0 ? nil : places[parents[number]]
            let depth = parent.map { result[$0].depth + 1 } ?? 0
            result.append(nodes[number].profile(parent, depth, traceCount, duration))
        }
        return result
    }

    /// By mean start, so that siblings read as they happen.
    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (nodes[left], nodes[right])
        if left.meanStart != right.meanStart { return left.meanStart < right.meanStart }
        return left.hop.precedes(right.hop)
    }
}

extension CallTree.Node {
    fileprivate var meanStart: Double { traces > 0 ? start / Double(traces) : 0 }

    fileprivate func profile(_ parent: Int?, _ depth: Int, _ traceCount: Int, _ duration: Double) -> CallProfile.Node {
        let count = Double(max(1, traceCount))
        return CallProfile.Node(
            hop: hop,
            parent: parent,
            depth: depth,
            traces: traces,
            waitingTraces: own.count,
            calls: Double(calls.count) / count,
            waitedCalls: Double(waitedCalls) / count,
            errorShare: calls.count > 0 ? Double(calls.errors) / Double(calls.count) : 0,
            start: meanStart,
            ownTime: ownTime / count,
            share: duration > 0 ? ownTime / duration : 0,
            ownTimes: own.quantiles,
            durations: calls.quantiles)
    }
}

extension Hop {
    /// Orders hops of equal weight, so that equal input gives equal output.
    func precedes(_ other: Hop) -> Bool {
        (service, target, operation, kind.rawValue)
            < (other.service, other.target, other.operation, other.kind.rawValue)
    }
}
