import ArgumentParser

/// `clew-shop`: the demo shop's services, its load, its faults and anti-patterns, and the demo that joins them.
@main
struct ClewShop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clew-shop",
        abstract: "Runs the demo shop: services over HTTP and messages, their load, and the faults to be found.",
        subcommands: [
            ServeCommand.self, LoadCommand.self, FaultsCommand.self, SwitchesCommand.self, DemoCommand.self,
            UpCommand.self, ChaosCommand.self, MeasureCommand.self, CheckCommand.self, AuditTableCommand.self,
        ]
    )
}
