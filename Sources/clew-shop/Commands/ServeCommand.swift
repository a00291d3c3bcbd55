import ArgumentParser
import ClewDemoShop
import Foundation

/// `clew-shop serve orders --port 0`: one service, until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs one service of the shop until SIGTERM or SIGINT.",
        discussion: """
            Prints {"service":"NAME","address":"HOST:PORT"} on stdout once it listens. Telemetry goes where the OTEL_* \
            variables say. CLEW_SHOP_FAULTS holds faults, separated by commas, that are in force from the start.
            """
    )

    @Argument(help: "One of gateway, orders, payments, inventory, shipping, catalog.")
    var service: ServiceName

    @Option(help: "The address to listen at.")
    var host = "127.0.0.1"

    @Option(
        help: "The port to listen at; 0 takes a free one. Default: 8080 for the gateway, up to 8085 for the catalog.")
    var port: UInt16?

    @Option(help: "Where a callee listens, as orders=127.0.0.1:8081; repeatable. Default: its own default port.")
    var upstream: [String] = []

    @Option(help: "The directory of the service's SQLite file.")
    var data = "./clew-shop-data"

    @Option(help: "A fault in force from the start, as 'inventory.db=300ms@0.2' or 'payments=error@0.1'; repeatable.")
    var fault: [String] = []

    @Option(help: "Seeds the dice of the faults. Default: random.")
    var seed: UInt64?

    func run() async throws {
        var upstreams: [ServiceName: UpstreamAddress] = [:]
        for text in upstream {
            let address = try UpstreamAddress(parsing: text)
            upstreams[address.name] = address
        }
        let environment = ProcessInfo.processInfo.environment["CLEW_SHOP_FAULTS"] ?? ""
        let faults = try Fault.list(parsing: environment) + Fault.list(parsing: fault)
        try await ShopServer.run(
            ServeOptions(
                name: service,
                host: host,
                port: port.map(Int.init),
                upstreams: upstreams,
                dataDirectory: URL(fileURLWithPath: data, isDirectory: true),
                faults: faults,
                seed: seed
            )
        )
    }
}
