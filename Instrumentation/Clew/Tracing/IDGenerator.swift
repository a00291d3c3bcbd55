import ClewModel
import Synchronization

/// Makes the ids of spans and traces, from any thread, without a lock or a system call.
///
/// A Weyl sequence, stepped atomically, behind SplitMix64's mixing function, which is a bijection: no id repeats before
/// 2^64 were made. Every sequence begins at a place of the system's generator.
///
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
final class IDGenerator: Sendable {
    private let high: Atomic<UInt64>
    private let low: Atomic<UInt64>
    private let span: Atomic<UInt64>

    init() {
        var generator = SystemRandomNumberGenerator()
        high = Atomic(generator.next())
        low = Atomic(generator.next())
        span = Atomic(generator.next())
    }

    func traceID() -> TraceID {
        while true {
            let id = TraceID(high: Self.next(high), low: Self.next(low))
            if id.isValid { return id }
        }
    }

    func spanID() -> SpanID {
        while true {
            let id = SpanID(Self.next(span))
            if id.isValid { return id }
        }
    }

    private static func next(_ state: borrowing Atomic<UInt64>) -> UInt64 {
        SplitMix64.mix(state.wrappingAdd(SplitMix64.increment, ordering: .relaxed).newValue)
    }
}
