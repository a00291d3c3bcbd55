import ClewModel
import Synchronization

/// The faults in force in one process, and the dice that say whom they meet.
public final class FaultBoard: Sendable {
    private struct State {
        var faults: [Fault]
        var random: SplitMix64
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - faults: In force from the start.
    ///   - seed: The same seed and order of draws meets the same requests.
    public init(_ faults: [Fault] = [], seed: UInt64 = .random(in: 0 ... .max)) {
        state = Mutex(State(faults: faults, random: SplitMix64(seed: seed)))
    }

    /// All faults in force, those of other processes included.
    public var faults: [Fault] { state.withLock(\.faults) }

    public func replace(with faults: [Fault]) {
        state.withLock { $0.faults = faults }
    }

    /// Throws the dice for one request at a hop.
    ///
    /// - Returns: What the first fault that meets the request does; `nil` when none does.
    public func draw(_ hop: ShopHop) -> Fault.Effect? {
        state.withLock { state in
            for fault in state.faults where fault.hop == hop {
                if Double.random(in: 0..<1, using: &state.random) < fault.share { return fault.effect }
            }
            return nil
        }
    }
}
