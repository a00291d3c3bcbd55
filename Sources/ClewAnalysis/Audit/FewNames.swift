/// A few names: the least where there are more, so that which are kept does not depend on the order of arrival.
struct FewNames: Sendable {
    /// Enough to say who or what takes part.
    static let standardCapacity = 16

    let capacity: Int
    private(set) var all: Set<String> = []

    init(capacity: Int = Self.standardCapacity) {
        self.capacity = capacity
    }

    var sorted: [String] { all.sorted() }

    mutating func insert(_ name: String) {
        guard !all.contains(name) else { return }
        if all.count >= capacity {
            guard let greatest = all.max(), name < greatest else { return }
            all.remove(greatest)
        }
        all.insert(name)
    }

    mutating func formUnion(_ other: FewNames) {
        for name in other.all { insert(name) }
    }
}
