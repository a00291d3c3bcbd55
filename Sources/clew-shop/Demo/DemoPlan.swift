import ClewDemoShop
import ClewModel

/// What one run of the demo does, chosen before it starts.
struct DemoPlan: Sendable {
    /// Long against a checkout of some 20 ms, short against the callers' timeouts.
    private static let delays = 250...400
    /// So few that the median request is untouched, so many that the slow ones are not chance.
    private static let shares = 15...20

    let seed: UInt64
    let fault: Fault
    /// The anti-patterns that are on.
    let switches: Set<ShopSwitch>
    let seconds: Int
    let rate: Double

    /// - Parameters:
    ///   - slow: A hop, or a hop with its fault; `nil` chooses at random among those of a checkout.
    ///   - switches: Names of switches, separated by commas.
    init(slow: String?, switches: String, seed: UInt64, seconds: Int, rate: Double) throws(ShopError) {
        var random = SplitMix64(seed: seed)
        let hops = ShopHop.checkoutPath
        let chosen = hops[Int.random(in: hops.indices, using: &random)]
        let delay = Duration.milliseconds(Int.random(in: Self.delays, using: &random))
        let share = Double(Int.random(in: Self.shares, using: &random)) / 100
        if let slow, slow.contains("=") {
            fault = try Fault(parsing: slow)
        } else {
            let hop = try slow.map { name throws(ShopError) in try ShopHop(name: name) } ?? chosen
            fault = Fault(hop: hop, effect: .delay(delay), share: share)
        }
        self.switches = try ShopSwitch.set(parsing: switches)
        self.seed = seed
        self.seconds = seconds
        self.rate = rate
    }
}
