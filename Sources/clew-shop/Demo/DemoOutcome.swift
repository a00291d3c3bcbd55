import ClewDemoShop

/// What Clew said, against what was done.
struct DemoOutcome: Sendable {
    let slowed: ShopHop
    /// The name of the hop that Clew blames; `nil` when it blames none.
    let named: String?
    /// What `clew slow` printed, for a run that shows nothing else.
    let explanation: String
    /// The processes, when they were to be kept.
    let leftRunning: Fleet?

    var isRight: Bool { named == slowed.name }

    /// `Clew named inventory.db; the delay was put on inventory.db: right.`
    var sentence: String {
        "Clew named \(named ?? "no hop"); the delay was put on \(slowed.name): \(isRight ? "right" : "wrong")."
    }
}
