/// The home pages, each from the backend of its own frontend.
struct GatewayPages: Sendable {
    /// `nested-retries`: as often as the services behind it ask again too.
    private static let attempts = 3

    private let switches: Switches
    private let webBackend: Upstream
    private let mobileBackend: Upstream

    init(in environment: ServiceEnvironment) throws {
        switches = environment.switches
        webBackend = try environment.upstream(.webBFF)
        mobileBackend = try environment.upstream(.mobileBFF)
    }

    func web(for customer: ShopID?) async throws -> WebHome {
        let isNested = switches.isOn(.nestedRetries)
        let backend = isNested ? webBackend.repeating(attempts: Self.attempts, waits: true) : webBackend
        let query = customer.map { "?customer=\($0)" } ?? ""
        return try await backend.get("/home" + query, as: WebHome.self)
    }

    /// The same for all: the app knows its customer.
    func mobile() async throws -> MobileHome {
        try await mobileBackend.get("/home", as: MobileHome.self)
    }
}
