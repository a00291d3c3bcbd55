import Foundation

/// Why a command could not answer, as one sentence that says what to do.
struct Failure: Error {
    /// The process's exit code; documented in `clew --help`.
    enum Code: Int32 {
        /// The question was understood and nothing matches.
        case nothingFound = 1
        /// The collector or the file could not answer.
        case failed = 2
        /// There is what `--fail-on` forbids.
        case forbidden = 3
        /// A flag's value is wrong: `EX_USAGE` of sysexits.
        case usage = 64
        /// No collector answers at the address: `EX_UNAVAILABLE` of sysexits.
        case unavailable = 69
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A file that the user named and that cannot be read.
    init(unreadable path: String, _ error: any Error) {
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        let reason =
            switch type {
            case nil: "there is no such file"
            case .typeDirectory: "it is a directory"
            default: error.localizedDescription
            }
        self.init(.failed, "cannot read '\(path)': \(reason)")
    }
}
