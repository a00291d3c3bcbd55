/// Why the shop cannot do what it was told to do.
///
/// The message says what is wrong and what would be right.
public struct ShopError: Error, Hashable, Sendable {
    /// What kind of thing is wrong; new kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Kind: String, Hashable, Sendable {
            case unknownHop, malformedFault, malformedUpstream, missingUpstream, upstreamFailed, injected
            case missingProgram, startFailed, malformedAnswer
            case unknownSwitch, unknownPattern, malformedAddress, brokerFailed, registryFailed, refusedMessage
        }

        let kind: Kind

        /// No hop of the shop has this name.
        public static let unknownHop = Code(kind: .unknownHop)
        /// A fault is not written as `HOP=DURATION[@SHARE]` or `HOP=error[@SHARE]`.
        public static let malformedFault = Code(kind: .malformedFault)
        /// An upstream is not written as `SERVICE=URL`.
        public static let malformedUpstream = Code(kind: .malformedUpstream)
        /// A service was asked for a callee that it has no address of.
        public static let missingUpstream = Code(kind: .missingUpstream)
        /// A callee could not be reached or answered with something unreadable.
        public static let upstreamFailed = Code(kind: .upstreamFailed)
        /// A fault put on a hop made the operation fail.
        public static let injected = Code(kind: .injected)
        /// A program that must stand beside this one is not there.
        public static let missingProgram = Code(kind: .missingProgram)
        /// A process ended or stayed silent instead of listening.
        public static let startFailed = Code(kind: .startFailed)
        /// A program's answer could not be read.
        public static let malformedAnswer = Code(kind: .malformedAnswer)
        /// No anti-pattern of the shop has this name.
        public static let unknownSwitch = Code(kind: .unknownSwitch)
        /// No pattern that the shop can do without has this name.
        public static let unknownPattern = Code(kind: .unknownPattern)
        /// The address of a broker or a registry is not written as it must be, or of a kind that is not supported.
        public static let malformedAddress = Code(kind: .malformedAddress)
        /// The broker could not be reached, or refused what it was asked.
        public static let brokerFailed = Code(kind: .brokerFailed)
        /// The registry could not be reached, or refused what it was asked.
        public static let registryFailed = Code(kind: .registryFailed)
        /// A consumer got a message that no delivery can help: it becomes a dead letter.
        public static let refusedMessage = Code(kind: .refusedMessage)

        public var description: String { kind.rawValue }
    }

    public var code: Code
    public var message: String
    public var cause: String?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause.map { "\($0)" }
    }
}

extension ShopError: CustomStringConvertible {
    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
