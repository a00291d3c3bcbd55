import ClewModel
import ServiceContextModule

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which measurements may be kept as exemplars, with the ids of the span in which they were made.
///
/// Source: OpenTelemetry Metrics SDK, "ExemplarFilter".
public enum ExemplarFilter: Hashable, Sendable {
    case alwaysOn
    case alwaysOff
    /// Those made in a sampled span.
    case traceBased

    /// The measurement as an exemplar, where the filter lets it through. Looks the current span up.
    func exemplar(_ value: NumberValue, filtered: Attributes, clock: TelemetryClock) -> Exemplar? {
        guard self != .alwaysOff else { return nil }
        let span = ServiceContext.current?.spanContext
        guard self == .alwaysOn || span?.isSampled == true else { return nil }
        return Exemplar(
            filteredAttributes: filtered, time: clock.wall(), value: value, traceID: span?.traceID,
            spanID: span?.spanID)
    }
}

/// Keeps a few measurements of each collection's time, each with the same chance.
///
/// It says beforehand which measurement it wants ``next``, so that all others cost one comparison.
///
/// Source: OpenTelemetry Metrics SDK, "SimpleFixedSizeExemplarReservoir". One of size 1 for each bucket is the
/// "AlignedHistogramBucketExemplarReservoir". The algorithm is "L" of Li, "Reservoir-Sampling Algorithms of Time
/// Complexity O(n(1+log(N/n)))".
struct ExemplarReservoir: Sendable {
    private(set) var exemplars: [Exemplar] = []
    /// The count of measurements at which one is wanted; `.max` where none is.
    private(set) var next: UInt64
    private let size: Int
    private var base: UInt64 = 0
    private var taken = 0
    private var misses: UInt64 = 0
    /// The chance of a measurement to be kept, as the algorithm draws it anew with each that is.
    private var chance = 1.0
    private var random = SplitMix64(seed: .random(in: 0...(.max)))

    /// - Parameter size: How many are kept; none where the filter lets none through.
    init(size: Int, filter: ExemplarFilter) {
        self.size = filter == .alwaysOff ? 0 : size
        next = self.size > 0 ? 1 : .max
    }

    /// Begins the time of another collection, with so many measurements counted before it.
    ///
    /// - Parameter forgetting: Whether what is kept goes at once, and not only when something newer takes its place.
    mutating func restart(at count: UInt64, forgetting: Bool) {
        guard size > 0 else { return }
        base = count
        next = count &+ 1
        taken = 0
        misses = 0
        chance = 1
        if forgetting { exemplars = [] }
    }

    /// Takes the measurement that was wanted; `nil` where the filter did not let it through.
    mutating func offer(_ exemplar: Exemplar?, at count: UInt64) {
        // Another thread may have been first, or a collection in between.
        guard size > 0, count >= next, count > base else { return }
        guard let exemplar else {
            // Code that runs outside of sampled spans is asked ever less often, but never less than once in 64.
            misses = min(misses * 2 + 1, 63)
            next = count &+ 1 &+ misses
            return
        }
        misses = 0
        let place = taken < size ? taken : Int.random(in: 0..<size, using: &random)
        taken = min(taken + 1, size)
        if place < exemplars.count { exemplars[place] = exemplar } else { exemplars.append(exemplar) }
        let passed = taken == size ? skip() : 0
        next = count &+ 1 &+ passed
    }

    /// How many measurements to let pass now.
    private mutating func skip() -> UInt64 {
        // The largest of `size` uniform numbers is distributed as one of them to the power of 1/size.
        var largest = 0.0
        for _ in 0..<size { largest = max(largest, uniform()) }
        chance *= largest
        let number = (log(uniform()) / log1p(-chance)).rounded(.down)
        return number < 0x1p60 ? UInt64(max(number, 0)) : 1 << 60
    }

    /// In 0...1 without either end.
    private mutating func uniform() -> Double { Double.random(in: 0x1p-54..<1, using: &random) }
}

/// What every stream of a telemetry shares.
struct StreamContext: Sendable {
    var clock: TelemetryClock
    var exemplars: ExemplarFilter

    func exemplar(_ value: NumberValue, filtered: Attributes) -> Exemplar? {
        exemplars.exemplar(value, filtered: filtered, clock: clock)
    }
}
