import ClewAnalysis

extension HopText {
    /// A hop as a line of a tree, without what the line above it says: `→ payments (network) POST` below `orders`.
    static func name(_ hop: Hop, below caller: Hop?) -> StyledText {
        if hop.service == Overflow.name { return StyledText("others", .muted) }
        guard caller?.service == hop.service, !hop.operation.isEmpty else { return name(hop) }
        return switch hop.kind {
        case .work: StyledText(hop.operation)
        case .database: "→ db \(hop.target, .accent) \(hop.operation)"
        case .messaging, .external: "→ \(hop.target, .accent) \(hop.operation)"
        case .network: "→ \(hop.target, .accent) (network) \(hop.operation)"
        }
    }
}
