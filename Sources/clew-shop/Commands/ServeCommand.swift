import ArgumentParser
import ClewDemoShop
import Foundation

/// `clew-shop serve orders --port 0`: one instance of one service, until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs one service of the shop until SIGTERM or SIGINT.",
        discussion: """
            Prints {"service":"NAME","instance":N,"address":"HOST:PORT"} on stdout once it listens. Telemetry goes \
            where the OTEL_* variables say. CLEW_SHOP_FAULTS, CLEW_SHOP_SWITCHES and CLEW_SHOP_WITHOUT hold faults, \
            switches and patterns that are left out, separated by commas, from the start; CLEW_SHOP_CAPACITY is how \
            many requests the gateway takes at once, and CLEW_SHOP_BROKER the address of the broker. The patterns are \
            \(ShopPattern.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @Argument(help: "One of \(ServiceName.allCases.map(\.rawValue).joined(separator: ", ")).")
    var service: ServiceName

    @Option(help: "Which instance of the service it is, from 1.")
    var instance = 1

    @Option(help: "The version that it says it has.")
    var appVersion = ServeOptions.standardVersion

    @Option(help: "The address to listen at.")
    var host = "127.0.0.1"

    @Option(
        help: "The port to listen at; 0 takes a free one. Default: 8080 for the gateway, others up to 8093.")
    var port: UInt16?

    @Option(help: "Where the registry listens, as 127.0.0.1:8092. Default: no registry.")
    var registry: String?

    @Option(help: "Where the broker listens, as 127.0.0.1:8093. Default: $CLEW_SHOP_BROKER, else 127.0.0.1:8093.")
    var broker: String?

    @Option(
        help: """
            Where an instance of a callee listens before the registry answers, as orders=127.0.0.1:8081; repeatable. \
            Default without a registry: its own default port.
            """)
    var upstream: [String] = []

    @Option(help: "The directory of the service's SQLite file.")
    var data = "./clew-shop-data"

    @Option(help: "A fault in force from the start, as 'inventory.db=300ms@0.2' or 'payments=error@0.1'; repeatable.")
    var fault: [String] = []

    @Option(name: .customLong("switch"), help: "An anti-pattern that is on from the start, as dual-write; repeatable.")
    var switches: [String] = []

    @Option(help: "A pattern that is left out from the start, as breaker; repeatable.")
    var without: [String] = []

    @Option(help: "How many requests the gateway takes at once. Default: $CLEW_SHOP_CAPACITY, else 250.")
    var capacity: Int?

    @Option(help: "Seeds the dice of the faults. Default: random.")
    var seed: UInt64?

    func validate() throws {
        guard (1...ServeOptions.mostInstances).contains(instance) else {
            throw ValidationError("--instance is 1 to \(ServeOptions.mostInstances)")
        }
        guard capacity.map({ $0 > 0 }) ?? true else { throw ValidationError("--capacity is above 0") }
    }

    func run() async throws {
        let brokerText = broker ?? variable("CLEW_SHOP_BROKER")
        try await ShopServer.run(
            ServeOptions(
                name: service,
                instance: instance,
                version: appVersion,
                host: host,
                port: port.map(Int.init),
                upstreams: try upstream.map { text throws(ShopError) in try UpstreamAddress(parsing: text) },
                registry: try registry.map { text throws(ShopError) in try ServerURL(parsing: text) },
                broker: brokerText.isEmpty ? .standard : try BrokerAddress(parsing: brokerText),
                dataDirectory: URL(fileURLWithPath: data, isDirectory: true),
                faults: try Fault.list(parsing: variable("CLEW_SHOP_FAULTS")) + Fault.list(parsing: fault),
                switches: try ShopSwitch.set(parsing: variable("CLEW_SHOP_SWITCHES"))
                    .union(ShopSwitch.set(parsing: switches)),
                without: try ShopPattern.set(parsing: variable("CLEW_SHOP_WITHOUT"))
                    .union(ShopPattern.set(parsing: without)),
                capacity: try gatewayCapacity,
                seed: seed
            )
        )
    }

    private var gatewayCapacity: Int? {
        get throws {
            let text = variable("CLEW_SHOP_CAPACITY")
            guard capacity == nil, !text.isEmpty else { return capacity }
            guard let number = Int(text), number > 0 else {
                throw ValidationError("CLEW_SHOP_CAPACITY is a number above 0, not '\(text)'")
            }
            return number
        }
    }

    private func variable(_ name: String) -> String { ProcessInfo.processInfo.environment[name] ?? "" }
}
