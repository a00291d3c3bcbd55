import ArgumentParser
import ClewDemoShop

/// `clew-shop faults 'inventory.db=300ms@0.2'`: shows, replaces or clears the faults of a running shop.
struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Shows, replaces or clears the faults of a running shop.",
        discussion: "The hops are \(ShopHop.all.map(\.name).joined(separator: ", "))."
    )

    @Option(help: "The gateway's URL; what it is told reaches all services.")
    var target = Target.standard

    @Flag(help: "Clear all faults.")
    var clear = false

    @Argument(help: "The faults that replace those in force, as 'inventory.db=300ms@0.2' or 'payments=error@0.1'.")
    var faults: [String] = []

    func validate() throws {
        if clear, !faults.isEmpty { throw ValidationError("give either faults or --clear") }
    }

    func run() async throws {
        let parsed = try Fault.list(parsing: faults)
        let admin = ShopAdmin(gateway: target.url)
        let current = clear || !parsed.isEmpty ? try await admin.replace(with: parsed) : try await admin.faults()
        print(current.isEmpty ? "no faults" : current.joined(separator: "\n"))
    }
}
