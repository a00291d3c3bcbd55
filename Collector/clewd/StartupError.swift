/// Why the daemon did not start, or stopped: one sentence that says what to do.
struct StartupError: Error, CustomStringConvertible {
    struct Code: Hashable, Sendable {
        /// The process's exit status.
        let exitStatus: Int32

        /// A setting that is unknown or cannot be read; 64 is `EX_USAGE` of sysexits.h.
        static let usage = Code(exitStatus: 64)
        /// The system refused something: an address, a directory, a file.
        static let system = Code(exitStatus: 1)
    }

    var code: Code
    var description: String
    var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.description = message
        self.cause = cause
    }
}
