import ArgumentParser
import ClewDemoShop
import Foundation

/// `clew-shop check ./clew-shop-data`: whether the services of a shop kept their promises.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks the files of a shop that has come to rest: nothing lost, done twice or half done.",
        discussion: """
            Exits with 0 when every promise was kept, and with 1 when one was not. Whether events were lost is known \
            of the shop's own broker by its file, and of RabbitMQ with --broker.
            """
    )

    @Argument(help: "The directory of the services' SQLite files.")
    var data = "./clew-shop-data"

    @Option(help: "The RabbitMQ server of the shop, as amqp://127.0.0.1:5672. Default: the shop's own broker.")
    var broker: String?

    func run() throws {
        let address = try broker.map { text throws(ShopError) in try BrokerAddress(parsing: text) }
        let report = try ShopAudit.check(directory: URL(fileURLWithPath: data, isDirectory: true), broker: address)
        print(report)
        guard report.isSound else { throw ExitCode(1) }
    }
}
