import Hummingbird

extension InventoryService.NewReservation {
    private static let mostLines = 20
    private static let mostItems = 1000

    /// - Throws: 400, which says what a reservation may have.
    func validate() throws {
        _ = try ShopID(order)
        guard (1...Self.mostLines).contains(lines.count) else {
            throw HTTPError(.badRequest, message: "a reservation has 1 to \(Self.mostLines) lines, not \(lines.count)")
        }
        guard lines.allSatisfy({ (1...Self.mostItems).contains($0.quantity) }) else {
            throw HTTPError(.badRequest, message: "the quantity of a line is 1 to \(Self.mostItems)")
        }
    }

    /// What is taken of each product; an order may name one in several lines.
    var quantities: [String: Int] {
        lines.reduce(into: [:]) { $0[$1.product, default: 0] += $1.quantity }
    }
}
