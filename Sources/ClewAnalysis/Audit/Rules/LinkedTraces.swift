import ClewModel

/// Sets of traces that links connect, whether they were seen or only linked to: union by path halving.
struct LinkedTraces {
    private var numbers: [TraceID: Int] = [:]
    private var parents: [Int] = []

    mutating func join(_ left: TraceID, _ right: TraceID) {
        let (left, right) = (set(of: left), set(of: right))
        parents[left] = right
    }

    /// A number that all traces of one set share until the next `join`.
    mutating func set(of trace: TraceID) -> Int {
        var node = number(of: trace)
        while parents[node] != node {
            parents[node] = parents[parents[node]]
            node = parents[node]
        }
        return node
    }

    private mutating func number(of trace: TraceID) -> Int {
        if let number = numbers[trace] { return number }
        numbers[trace] = parents.count
        parents.append(parents.count)
        return parents.count - 1
    }
}
