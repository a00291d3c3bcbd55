import Synchronization

/// The anti-patterns that are on in one process, and the patterns that it runs without.
final class Switches: Sendable {
    private struct State {
        var on: Set<ShopSwitch>
        var without: Set<ShopPattern>
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - on: Those that are on from the start.
    ///   - without: The patterns that are left out from the start.
    init(_ on: Set<ShopSwitch> = [], without: Set<ShopPattern> = []) {
        state = Mutex(State(on: on, without: without))
    }

    var on: Set<ShopSwitch> { state.withLock(\.on) }
    var without: Set<ShopPattern> { state.withLock(\.without) }

    func isOn(_ wanted: ShopSwitch) -> Bool { state.withLock { $0.on.contains(wanted) } }

    func isWithout(_ pattern: ShopPattern) -> Bool { state.withLock { $0.without.contains(pattern) } }

    /// - Parameter without: The patterns that are left out from now on; `nil` for those that are left out already.
    func replace(with on: Set<ShopSwitch>, without: Set<ShopPattern>? = nil) {
        state.withLock { $0 = State(on: on, without: without ?? $0.without) }
    }
}
