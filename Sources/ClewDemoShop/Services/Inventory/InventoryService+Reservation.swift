import Hummingbird

extension InventoryService {
    struct NewReservation: Codable, Hashable, Sendable {
        var order: String
        var lines: [OrdersService.Line]
    }

    struct NewRelease: Codable, Hashable, Sendable {
        var order: String
    }

    /// What was set aside, or given back.
    struct Reservation: ResponseCodable, Hashable {
        var items: Int
    }
}
