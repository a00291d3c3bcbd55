import ClewDashboards
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What standard output is connected to.
struct Terminal {
    var isTerminal: Bool
    /// `nil` when standard output is not a terminal.
    var width: Int?
    var wantsColor: Bool
    var charset: Charset

    static var standardOutput: Terminal {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1
        // https://no-color.org: present and not empty, whatever its value.
        let refusesColor = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return Terminal(
            isTerminal: isTerminal,
            width: isTerminal ? columns(environment) : nil,
            wantsColor: isTerminal && !refusesColor,
            charset: charset(environment)
        )
    }

    /// Whether somebody sees what is written to standard error as it comes.
    static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    private static func columns(_ environment: [String: String]) -> Int? {
        var size = winsize()
        // The call fills the structure it is given and keeps no reference to it.
        if unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            return min(max(Int(size.ws_col), 40), 1000)
        }
        return environment["COLUMNS"].flatMap { Int($0) }.map { min(max($0, 40), 1000) }
    }

    /// ASCII only where the locale says outright that it is not UTF-8; containers often set none and cope.
    private static func charset(_ environment: [String: String]) -> Charset {
        let locale = [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]].lazy
            .compactMap { $0 }.first { !$0.isEmpty }
        guard let locale, locale.contains("."), !locale.uppercased().contains("UTF") else { return .unicode }
        return .ascii
    }
}

/// Output that survives a closed pipe.
enum StandardStreams {
    /// Writes to standard output; ends the process quietly when nobody reads any more, as `head` expects.
    static func write(_ text: String) {
        write(Data(text.utf8), to: .standardOutput)
    }

    static func write(_ bytes: [UInt8]) {
        write(Data(bytes), to: .standardOutput)
    }

    static func writeError(_ text: String) {
        write(Data(text.utf8), to: .standardError)
    }

    private static func write(_ data: Data, to handle: FileHandle) {
        do {
            try handle.write(contentsOf: data)
        } catch {
            // EPIPE: the reader has gone; 141 is what a shell reports for a process ended by SIGPIPE.
            exit(141)
        }
    }
}
