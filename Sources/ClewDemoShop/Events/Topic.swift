/// The topics of the broker; each service writes to its own, through its outbox.
enum Topic: String, Hashable, Sendable, CaseIterable {
    case orders, payments, inventory, shipping
}
