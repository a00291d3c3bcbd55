import ArgumentParser

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the collector has received, stored and dropped."
    )

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let status = try await global.source().status()
        StandardStreams.write(status)
    }
}
