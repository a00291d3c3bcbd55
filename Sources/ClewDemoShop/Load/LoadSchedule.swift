import ClewModel

/// The requests of a load, known before it starts: an even rate, seeded random routes and contents.
///
/// Which requests it has is the ``LoadMix``'s.
public struct LoadSchedule: Sequence, IteratorProtocol, Sendable {
    /// Customers are `c-000` to `c-199`, products `p-01` to `p-24`, as in the services' tables.
    private static let customers = 200
    private static let products = 24

    /// Requests a second.
    public let rate: Double
    /// How many requests the load has.
    public let count: Int
    private let mix: LoadMix
    private var random: SplitMix64
    private var sent = 0

    /// - Parameters:
    ///   - rate: Requests a second, above 0.
    ///   - duration: Of the load; at least one request is planned.
    ///   - mix: Of what the requests are.
    public init(rate: Double, duration: Duration, mix: LoadMix = .standard, seed: UInt64) {
        self.mix = mix
        self.rate = rate
        self.count = Swift.max(1, Int((rate * (duration / .seconds(1))).rounded()))
        random = SplitMix64(seed: seed)
    }

    mutating public func next() -> PlannedRequest? {
        guard sent < count else { return nil }
        defer { sent += 1 }
        return PlannedRequest(due: .seconds(Double(sent) / rate), kind: kind())
    }

    private mutating func kind() -> PlannedRequest.Kind {
        switch mix.request(Int.random(in: 0..<mix.total, using: &random)) {
        case .checkout: .checkout(checkout())
        case .products: .products
        case .order: .order(random.next())
        case .homePage: homePage()
        case .afterSale: afterSale()
        case .mobileHome: .mobileHome
        case .history: .history(customer: customer())
        }
    }

    private mutating func homePage() -> PlannedRequest.Kind {
        Bool.random(using: &random) ? .webHome(customer: customer()) : .mobileHome
    }

    private mutating func afterSale() -> PlannedRequest.Kind {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: .details(random.next())
        case 1: .history(customer: customer())
        default: .giveBack(random.next())
        }
    }

    private mutating func checkout() -> OrdersService.NewOrder {
        let lines = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            OrdersService.Line(product: product(), quantity: Int.random(in: 1...4, using: &random))
        }
        return OrdersService.NewOrder(customer: customer(), lines: lines)
    }

    private mutating func customer() -> String {
        "c-" + Self.padded(Int.random(in: 0..<Self.customers, using: &random), to: 3)
    }

    /// One in a hundred asks for what the shop does not sell.
    private mutating func product() -> String {
        guard Int.random(in: 0..<100, using: &random) > 0 else { return "p-99" }
        return "p-" + Self.padded(Int.random(in: 1...Self.products, using: &random), to: 2)
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
