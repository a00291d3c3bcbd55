import ArgumentParser
import ClewAPI
import Foundation

/// The collector daemon's command line.
@main
struct ClewdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clewd",
        abstract: "Receives traces and logs over OTLP, keeps them, and answers queries about them.",
        discussion: """
            Each setting has one name: --otlp-http on the command line, CLEW_OTLP_HTTP in the environment, otlp-http in \
            the YAML or JSON file given with --config; the first that has a value wins.
            """,
        version: CollectorVersion.current,
        subcommands: [VerifyCommand.self, BackupCommand.self])

    @Option(help: ArgumentHelp("YAML or JSON file with settings; also CLEW_CONFIG", valueName: "FILE"))
    var config: String?
    @Option(name: .setting(Settings.data), help: Settings.data.argumentHelp) var data: String?
    @Option(name: .setting(Settings.retention), help: Settings.retention.argumentHelp) var retention: String?
    @Option(name: .setting(Settings.maxDisk), help: Settings.maxDisk.argumentHelp) var maxDisk: String?
    @Option(name: .setting(Settings.otlpHTTP), help: Settings.otlpHTTP.argumentHelp) var otlpHTTP: String?
    @Option(name: .setting(Settings.otlpUDP), help: Settings.otlpUDP.argumentHelp) var otlpUDP: String?
    @Option(name: .setting(Settings.api), help: Settings.api.argumentHelp) var api: String?
    @Option(name: .setting(Settings.maxBody), help: Settings.maxBody.argumentHelp) var maxBody: String?
    @Option(name: .setting(Settings.maxDecompressed), help: Settings.maxDecompressed.argumentHelp)
    var maxDecompressed: String?
    @Option(name: .setting(Settings.maxInFlight), help: Settings.maxInFlight.argumentHelp) var maxInFlight: String?
    @Option(name: .setting(Settings.maxConnections), help: Settings.maxConnections.argumentHelp)
    var maxConnections: String?
    @Option(name: .setting(Settings.maxResults), help: Settings.maxResults.argumentHelp) var maxResults: String?
    @Option(name: .setting(Settings.maxAnalysedSpans), help: Settings.maxAnalysedSpans.argumentHelp)
    var maxAnalysedSpans: String?
    @Option(name: .setting(Settings.readTimeout), help: Settings.readTimeout.argumentHelp) var readTimeout: String?
    @Option(name: .setting(Settings.idleTimeout), help: Settings.idleTimeout.argumentHelp) var idleTimeout: String?
    @Option(name: .setting(Settings.udpBuffer), help: Settings.udpBuffer.argumentHelp) var udpBuffer: String?
    @Option(name: .setting(Settings.udpQueue), help: Settings.udpQueue.argumentHelp) var udpQueue: String?
    @Option(name: .setting(Settings.udpSources), help: Settings.udpSources.argumentHelp) var udpSources: String?
    @Option(name: .setting(Settings.shutdownTimeout), help: Settings.shutdownTimeout.argumentHelp)
    var shutdownTimeout: String?
    @Option(name: .setting(Settings.logLevel), help: Settings.logLevel.argumentHelp) var logLevel: String?
    @Option(name: .setting(Settings.logFormat), help: Settings.logFormat.argumentHelp) var logFormat: String?
    @Flag(name: .setting(Settings.printAddresses), help: ArgumentHelp(Settings.printAddresses.help))
    var printAddresses = false

    func run() async throws {
        do {
            let environment = ProcessInfo.processInfo.environment
            let reader = try SettingsReader(
                flags: flags, environment: environment, file: config ?? environment["CLEW_CONFIG"])
            try await Daemon(DaemonConfiguration(reader)).run()
        } catch let error as StartupError {
            StandardError.write("clewd: \(error)")
            throw ExitCode(error.code.exitStatus)
        }
    }

    /// The values that were given, by setting name.
    private var flags: [String: String] {
        let given: [(any AnySetting, String?)] = [
            (Settings.data, data), (Settings.retention, retention), (Settings.maxDisk, maxDisk),
            (Settings.otlpHTTP, otlpHTTP), (Settings.otlpUDP, otlpUDP), (Settings.api, api),
            (Settings.maxBody, maxBody), (Settings.maxDecompressed, maxDecompressed),
            (Settings.maxInFlight, maxInFlight), (Settings.maxConnections, maxConnections),
            (Settings.maxResults, maxResults), (Settings.maxAnalysedSpans, maxAnalysedSpans),
            (Settings.readTimeout, readTimeout), (Settings.idleTimeout, idleTimeout),
            (Settings.udpBuffer, udpBuffer), (Settings.udpQueue, udpQueue), (Settings.udpSources, udpSources),
            (Settings.shutdownTimeout, shutdownTimeout), (Settings.logLevel, logLevel),
            (Settings.logFormat, logFormat), (Settings.printAddresses, printAddresses ? "true" : nil),
        ]
        return Dictionary(uniqueKeysWithValues: given.compactMap { setting, value in value.map { (setting.name, $0) } })
    }
}

extension NameSpecification {
    fileprivate static func setting(_ setting: any AnySetting) -> NameSpecification { .customLong(setting.name) }
}

extension AnySetting {
    fileprivate var argumentHelp: ArgumentHelp {
        ArgumentHelp("\(help) (default: \(defaultText))", valueName: placeholder)
    }
}
