/// The last orders that a load placed, from which its later requests choose.
struct PlacedOrders {
    /// Enough that a lookup rarely meets the order that was just asked for.
    static let capacity = 64

    private(set) var ids: [String] = []
    private var placed = 0

    /// Forgets the oldest where there are too many.
    mutating func add(_ id: String) {
        if ids.count < Self.capacity {
            ids.append(id)
        } else {
            ids[placed % Self.capacity] = id
        }
        placed += 1
    }

    /// The order that a planned number stands for; `nil` where none was placed yet.
    func order(_ number: UInt64) -> String? {
        index(number).map { ids[$0] }
    }

    /// As ``order(_:)``, and never that one again: an order is given back once.
    mutating func take(_ number: UInt64) -> String? {
        guard let index = index(number) else { return nil }
        ids.swapAt(index, ids.count - 1)
        return ids.removeLast()
    }

    private func index(_ number: UInt64) -> Int? {
        ids.isEmpty ? nil : Int(number % UInt64(ids.count))
    }
}
