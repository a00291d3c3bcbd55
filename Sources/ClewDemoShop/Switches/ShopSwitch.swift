/// An anti-pattern that the shop can be told to have; each is named as the audit's documentation has it.
public enum ShopSwitch: String, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case syncChain = "sync-chain"
    case nPlusOne = "n-plus-one"
    case sequentialFanout = "sequential-fanout"
    case retryStorm = "retry-storm"
    case nestedRetries = "nested-retries"
    case noTimeout = "no-timeout"
    case noBreaker = "no-breaker"
    case sharedDB = "shared-db"
    case dualWrite = "dual-write"
    case noInbox = "no-inbox"
    case noIdempotency = "no-idempotency"
    case noCompensation = "no-compensation"
    case crashOrchestrator = "crash-orchestrator"
    case cycle
    case nanoService = "nano-service"
    case lostContext = "lost-context"
    case lostCorrelation = "lost-correlation"
    case breakingChange = "breaking-change"
    case hugeFanout = "huge-fanout"
    case godGateway = "god-gateway"
    case hotInstance = "hot-instance"

    /// The switch with this name.
    ///
    /// - Throws: ``ShopError/Code/unknownSwitch`` with the names of all switches.
    public init(name: some StringProtocol) throws(ShopError) {
        guard let found = Self(rawValue: String(name)) else {
            let valid = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw ShopError(.unknownSwitch, "no switch is named '\(name)'; the switches are \(valid)")
        }
        self = found
    }

    /// Reads one switch from each text.
    public static func set(parsing texts: [String]) throws(ShopError) -> Set<ShopSwitch> {
        Set(try texts.map { text throws(ShopError) in try ShopSwitch(name: text) })
    }

    /// Reads switches separated by commas; blanks around them and empty parts are ignored.
    public static func set(parsing text: String) throws(ShopError) -> Set<ShopSwitch> {
        try set(parsing: text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty })
    }

    public var description: String { rawValue }
}
