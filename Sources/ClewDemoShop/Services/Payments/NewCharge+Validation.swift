import Hummingbird

extension PaymentsService.NewCharge {
    /// Ten million euros: above any order of 20 lines of 1000 items, far from where sums overflow.
    private static let largest = 1_000_000_000

    /// - Parameter needsCurrency: Whether the form of version 1 is refused: the switch `breaking-change`.
    /// - Throws: 400, which says what a charge must have.
    func validate(needsCurrency: Bool) throws {
        for id in [order, customer] { _ = try ShopID(id) }
        guard (1...Self.largest).contains(amountCents) else {
            throw HTTPError(.badRequest, message: "a charge is of 1 to \(Self.largest) cents, not \(amountCents)")
        }
        guard currency != nil || !needsCurrency else {
            throw HTTPError(.badRequest, message: "a charge has a currency since version 2")
        }
    }
}
