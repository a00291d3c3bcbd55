public import ClewAnalysis

/// Hops in words.
public enum HopText {
    /// `inventory`, `inventory → db stock`, `gateway → orders (network)`, with the operation behind it.
    public static func name(_ hop: Hop) -> StyledText {
        place(hop) + (hop.operation.isEmpty ? StyledText() : " \(hop.operation)")
    }

    /// Where the time is spent, without the operation.
    public static func place(_ hop: Hop) -> StyledText {
        switch hop.kind {
        case .work: "\(hop.service, .accent)"
        case .database: "\(hop.service, .accent) → db \(hop.target, .accent)"
        case .messaging, .external: "\(hop.service, .accent) → \(hop.target, .accent)"
        case .network: "\(hop.service, .accent) → \(hop.target, .accent) (network)"
        }
    }
}

extension Hop {
    /// Orders hops of equal weight, so that equal input gives equal output.
    var sortKey: String { "\(service)\u{0}\(target)\u{0}\(operation)\u{0}\(kind.rawValue)" }
}
