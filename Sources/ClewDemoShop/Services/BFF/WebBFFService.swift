import Hummingbird

/// The backend of the web's pages: `GET /home?customer=` puts the home page together from three services.
struct WebBFFService: ShopService {
    /// Less than the gateway gives the page, more than the services behind it take for their part.
    private static let time = Duration.seconds(2)

    private let switches: Switches
    private let calls: WebCalls

    init(in environment: ServiceEnvironment) throws {
        switches = environment.switches
        calls = try WebCalls(in: environment)
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/home") { request, _ in
            let customer = try ShopID(customerOf: request)
            return try await withRequestTime(Self.time) {
                try await WebHome.compose(calls.all(for: customer), isSequential: switches.isOn(.sequentialFanout))
            }
        }
    }
}
