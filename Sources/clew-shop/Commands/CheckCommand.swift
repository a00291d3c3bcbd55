import ArgumentParser
import ClewDemoShop
import Foundation

/// `clew-shop check ./clew-shop-data`: whether the services of a shop kept their promises.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks the files of a shop that has come to rest: nothing lost, done twice or half done.",
        discussion: "Exits with 0 when every promise was kept, and with 1 when one was not."
    )

    @Argument(help: "The directory of the services' SQLite files.")
    var data = "./clew-shop-data"

    func run() throws {
        let report = try ShopAudit.check(directory: URL(fileURLWithPath: data, isDirectory: true))
        print(report)
        guard report.isSound else { throw ExitCode(1) }
    }
}
