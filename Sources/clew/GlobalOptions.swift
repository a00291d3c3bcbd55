import ArgumentParser
import ClewDashboards
import Foundation

/// Where the answer comes from and how it is shown; the same for every command.
struct GlobalOptions: ParsableArguments {
    static let defaultAPI = "http://127.0.0.1:2539"

    @Option(help: "The collector's API. Environment: CLEW_API. Default: \(defaultAPI).")
    var api: String?

    @Option(help: "Read an OTLP JSON file (one document, or one a line; gzip or not) instead of asking a collector.")
    var file: String?

    @Flag(help: "Print JSON: OpenTelemetry's own where the answer is spans or logs.")
    var json = false

    @Option(help: "Colour: auto, always or never. 'auto' also honours NO_COLOR.")
    var color = ColorMode.auto

    @Flag(help: "Draw with ASCII characters only.")
    var ascii = false

    @Option(help: "Columns to draw in. Default: the terminal's, or 100 when piped.")
    var width: Int?

    enum ColorMode: String, ExpressibleByArgument, CaseIterable {
        case auto, always, never
    }

    func validate() throws {
        if let width, !(40...1000).contains(width) { throw ValidationError("--width must be from 40 to 1000.") }
        if file != nil, api != nil { throw ValidationError("--file and --api exclude each other.") }
    }

    /// The file, or the collector.
    func source() throws(Failure) -> any TelemetrySource {
        if let file { return try FileSource(path: file) }
        return try DaemonSource(address: api ?? ProcessInfo.processInfo.environment["CLEW_API"] ?? Self.defaultAPI)
    }

    /// How to draw on standard output.
    var renderOptions: RenderOptions {
        let terminal = Terminal.standardOutput
        let colored =
            switch color {
            case .always: true
            case .never: false
            case .auto: terminal.wantsColor
            }
        return RenderOptions(
            format: colored ? .ansi : .plain,
            charset: ascii ? .ascii : terminal.charset,
            width: width ?? terminal.width ?? 100
        )
    }
}
