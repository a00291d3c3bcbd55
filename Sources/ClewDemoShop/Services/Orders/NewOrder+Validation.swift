import Hummingbird

extension OrdersService.NewOrder {
    private static let mostLines = 20
    private static let mostItems = 1000

    /// - Throws: 400, which says what an order may have.
    func validate() throws {
        _ = try ShopID(customer)
        guard (1...Self.mostLines).contains(lines.count) else {
            throw HTTPError(.badRequest, message: "an order has 1 to \(Self.mostLines) lines, not \(lines.count)")
        }
        for line in lines {
            _ = try ShopID(line.product)
            guard (1...Self.mostItems).contains(line.quantity) else {
                throw HTTPError(.badRequest, message: "the quantity of a line is 1 to \(Self.mostItems)")
            }
        }
    }
}
