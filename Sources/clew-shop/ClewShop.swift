import ArgumentParser

/// `clew-shop`: the demo shop's services, its load and its faults, and the demo that joins them.
@main
struct ClewShop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clew-shop",
        abstract: "Runs the demo shop: six services over HTTP, their load, and the faults to be found.",
        subcommands: [ServeCommand.self, LoadCommand.self, FaultsCommand.self, DemoCommand.self]
    )
}
