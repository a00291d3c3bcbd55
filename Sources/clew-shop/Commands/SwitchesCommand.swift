import ArgumentParser
import ClewDemoShop

/// `clew-shop switches dual-write`: shows, replaces or clears the anti-patterns of a running shop.
struct SwitchesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switches",
        abstract: "Shows, replaces or clears the anti-patterns of a running shop, for 'clew audit' to find.",
        discussion: "The switches are \(ShopSwitch.allCases.map(\.rawValue).joined(separator: ", "))."
    )

    @Option(help: "The gateway's URL; what it is told reaches all services.")
    var target = Target.standard

    @Flag(help: "Turn all off.")
    var clear = false

    @Argument(help: "The switches that are on from now on, as 'dual-write no-inbox'.")
    var switches: [String] = []

    func validate() throws {
        if clear, !switches.isEmpty { throw ValidationError("give either switches or --clear") }
    }

    func run() async throws {
        let parsed = try ShopSwitch.set(parsing: switches)
        let admin = ShopAdmin(gateway: target.url)
        let current = clear || !parsed.isEmpty ? try await admin.replace(with: parsed) : try await admin.switches()
        print(current.isEmpty ? "no switches" : current.joined(separator: "\n"))
    }
}
