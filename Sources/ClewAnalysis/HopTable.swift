/// Numbers distinct hops, up to a bound.
struct HopTable {
    private(set) var hops: [Hop] = []
    private var ids: [Hop: Int] = [:]
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// The number of a hop. Past the limit its operation is given up, then, past twice the limit, all of it.
    mutating func id(of hop: Hop) -> Int {
        if let id = ids[hop] { return id }
        if hops.count < limit { return insert(hop) }
        let coarse = Hop(kind: hop.kind, service: hop.service, target: hop.target, operation: Overflow.name)
        if let id = ids[coarse] { return id }
        if hops.count < 2 * limit { return insert(coarse) }
        let last = Hop(kind: .work, service: Overflow.name, operation: Overflow.name)
        return ids[last] ?? insert(last)
    }

    private mutating func insert(_ hop: Hop) -> Int {
        ids[hop] = hops.count
        hops.append(hop)
        return hops.count - 1
    }
}
