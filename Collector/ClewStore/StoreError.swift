/// Why a store could not do what was asked.
public struct StoreError: Error, Sendable {
    /// What kind of failure; new kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Kind: String, Hashable, Sendable {
            case malformed, overloaded, diskFull, readOnly, newerFormat, olderFormat, inUse, noData, exists, closed
            case tooExpensive, engine
        }

        let kind: Kind

        /// The request's bytes cannot be decoded; sending them again cannot help.
        public static let malformed = Code(kind: .malformed)
        /// Too much is waiting to be committed; the sender should try again later.
        public static let overloaded = Code(kind: .overloaded)
        /// The disk is full; the sender should try again later.
        public static let diskFull = Code(kind: .diskFull)
        /// The data directory cannot be written.
        public static let readOnly = Code(kind: .readOnly)
        /// The data directory was written by a newer version.
        public static let newerFormat = Code(kind: .newerFormat)
        /// The data directory was written by an older version, whose format is not read any more.
        public static let olderFormat = Code(kind: .olderFormat)
        /// Another process has the data directory open.
        public static let inUse = Code(kind: .inUse)
        /// What is no data directory was given as one.
        public static let noData = Code(kind: .noData)
        /// What would be written is there already.
        public static let exists = Code(kind: .exists)
        /// The store was closed.
        public static let closed = Code(kind: .closed)
        /// What is asked costs too much to answer; the message says what to ask instead.
        public static let tooExpensive = Code(kind: .tooExpensive)
        /// The database engine failed otherwise.
        public static let engine = Code(kind: .engine)

        public var description: String { kind.rawValue }
    }

    public var code: Code
    /// What went wrong and what to do about it.
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String { message }
}
