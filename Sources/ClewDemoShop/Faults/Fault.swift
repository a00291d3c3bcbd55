import ClewModel

/// A delay or a failure on a hop, for a share of the requests that pass it.
///
/// Written `inventory.db=300ms@0.2`: a fifth of the requests wait 300 ms at the inventory's database; or
/// `payments=error@0.1`: a tenth of the charges fail. Without a share, all requests are meant.
public struct Fault: Hashable, Sendable {
    public enum Effect: Hashable, Sendable {
        case delay(Duration)
        case error
    }

    /// A longer delay than this is a typing error: callers give up after 10 s.
    public static let longestDelay = Duration.seconds(60)

    public var hop: ShopHop
    public var effect: Effect
    /// Which part of the requests it meets, above 0 and up to 1.
    public var share: Double

    public init(hop: ShopHop, effect: Effect, share: Double = 1) {
        self.hop = hop
        self.effect = effect
        self.share = share
    }

    /// Reads `HOP=DURATION[@SHARE]` or `HOP=error[@SHARE]`.
    ///
    /// - Throws: ``ShopError`` of code `malformedFault` or `unknownHop`.
    public init(parsing text: some StringProtocol) throws(ShopError) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { throw Self.malformed(text, "there is no '='") }
        let parts = sides[1].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        hop = try ShopHop(name: sides[0])
        effect = try Self.effect(parts[0], of: text)
        share = parts.count == 2 ? try Self.share(parts[1], of: text) : 1
    }

    /// Reads one fault from each text.
    public static func list(parsing texts: [String]) throws(ShopError) -> [Fault] {
        try texts.map { text throws(ShopError) in try Fault(parsing: text) }
    }

    /// Reads faults separated by commas; blanks around them and empty parts are ignored.
    public static func list(parsing text: String) throws(ShopError) -> [Fault] {
        try list(parsing: text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty })
    }

    private static func effect(_ part: some StringProtocol, of text: some StringProtocol) throws(ShopError) -> Effect {
        if part == "error" { return .error }
        guard let nanoseconds = DurationText.parse(part) else {
            throw malformed(text, "'\(part)' is neither a duration nor 'error'")
        }
        guard let signed = Int64(exactly: nanoseconds), .nanoseconds(signed) <= longestDelay else {
            throw malformed(text, "'\(part)' is longer than 60s")
        }
        return .delay(.nanoseconds(signed))
    }

    private static func share(_ part: some StringProtocol, of text: some StringProtocol) throws(ShopError) -> Double {
        guard let share = Double(String(part)), share > 0, share <= 1 else {
            throw malformed(text, "the share '\(part)' is not a number above 0 and up to 1")
        }
        return share
    }

    private static func malformed(_ text: some StringProtocol, _ reason: String) -> ShopError {
        ShopError(
            .malformedFault,
            "'\(text)' is not a fault: \(reason); write HOP=DURATION[@SHARE] or HOP=error[@SHARE], "
                + "as in inventory.db=300ms@0.2"
        )
    }
}

extension Fault: CustomStringConvertible {
    /// The form that ``init(parsing:)`` reads.
    public var description: String {
        "\(hop)=\(effect)" + (share < 1 ? "@\(share)" : "")
    }
}

extension Fault.Effect: CustomStringConvertible {
    public var description: String {
        switch self {
        case .delay(let delay): "\(delay / .milliseconds(1))ms".replacing(".0ms", with: "ms")
        case .error: "error"
        }
    }
}
