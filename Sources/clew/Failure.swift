/// Why a command could not answer, as one sentence that says what to do.
struct Failure: Error {
    /// The process's exit code; documented in `clew --help`.
    enum Code: Int32 {
        /// The question was understood and nothing matches.
        case nothingFound = 1
        /// The collector or the file could not answer.
        case failed = 2
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
}
