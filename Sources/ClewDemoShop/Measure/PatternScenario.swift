/// A fault and a load under which a pattern matters, and the routes at which it is seen.
public struct PatternScenario: Hashable, Sendable {
    public let pattern: ShopPattern
    public let faults: [Fault]
    /// Requests a second.
    public let rate: Double
    public let mix: LoadMix
    /// How many requests the gateway takes at once; `nil` for its own default.
    public let capacity: Int?
    /// Patterns that are left out of all runs, because they would hide what this one does.
    public let alwaysWithout: Set<ShopPattern>
    /// Operations of the gateway as its spans name them: first the one that the pattern is for, then who pays for it.
    public let routes: [String]
    /// What is short, and what to look at.
    public let note: String

    init(
        _ pattern: ShopPattern, _ faults: [Fault], rate: Double, _ mix: LoadMix, capacity: Int? = nil,
        alwaysWithout: Set<ShopPattern> = [], routes: [LoadMix.Request], note: String
    ) {
        self.pattern = pattern
        self.faults = faults
        self.rate = rate
        self.mix = mix
        self.capacity = capacity
        self.alwaysWithout = alwaysWithout
        self.routes = routes.flatMap(\.routes)
        self.note = note
    }

    /// The patterns that a run is to be without.
    ///
    /// - Parameter isWithout: Whether it is a run without the pattern itself.
    public func leftOut(isWithout: Bool) -> Set<ShopPattern> {
        isWithout ? alwaysWithout.union([pattern]) : alwaysWithout
    }

    /// `catalog=10000ms`.
    public var faultText: String { faults.map(\.description).joined(separator: ", ") }

    /// `32 POST /checkout + 8 GET /orders/{id} a second; …`.
    public var loadText: String {
        let requests = LoadMix.Request.allCases.filter { mix.share(of: $0) > 0 }.map { request in
            "\(Int((rate * mix.share(of: request)).rounded())) \(request)"
        }
        let limits = capacity.map { ["gateway of \($0) at once"] } ?? []
        let absent = alwaysWithout.map(\.rawValue).sorted().map { "no \($0) in either" }
        return (["\(requests.joined(separator: " + ")) a second"] + limits + absent).joined(separator: "; ")
    }
}

extension LoadMix.Request {
    /// The operations of the gateway that answer such a request.
    var routes: [String] {
        switch self {
        case .checkout, .products, .order, .mobileHome, .history: [rawValue]
        case .homePage: ["GET /web/home", "GET /mobile/home"]
        case .afterSale: ["GET /orders/{id}/details", "GET /customers/{id}/orders", "POST /orders/{id}/return"]
        }
    }
}
