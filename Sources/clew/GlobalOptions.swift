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

    static func checkLimit(_ limit: Int) throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
    }

    /// What a command to paste needs to ask the same source; empty, or begins with a space.
    var sourceFlags: String {
        func quoted(_ text: String) -> String {
            let isPlain = text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789/._-:~+,@".unicodeScalars.contains($0)
            }
            return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
        }
        return (file.map { " --file \(quoted($0))" } ?? "") + (api.map { " --api \(quoted($0))" } ?? "")
    }

    /// The file, or the collector.
    func source() throws(Failure) -> any TelemetrySource {
        if let file { return try FileSource(path: file) }
        // An empty variable counts as absent, as it does for the daemon's settings.
        let variable = ProcessInfo.processInfo.environment["CLEW_API"].flatMap { $0.isEmpty ? nil : $0 }
        return try DaemonSource(address: api ?? variable ?? Self.defaultAPI)
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

    /// How to draw on standard output, or how to write a document.
    func renderOptions(markdown: Bool) -> RenderOptions {
        var options = renderOptions
        if markdown { options.format = .markdown }
        return options
    }
}
