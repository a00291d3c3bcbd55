import ClewModel

/// Holds back what lies near the edges of the window, where a trace may lack spans: they began before, or did not end.
///
/// The edges are those of what was seen so far. They only move outwards, so that what lies inside once stays inside.
struct WindowInterior<Element: Sendable>: Sendable {
    private struct Pending: Sendable {
        var start: UnixNanoseconds
        var end: UnixNanoseconds
        var element: Element
    }

    /// Traces near the edges that are held back: ten seconds of two thousand a second. Where there are more, they are
    /// dropped and counted; what comes later is a fair sample.
    static var capacity: Int { 20_000 }
    private static var smallestSweep: Int { 256 }

    private let margin: UInt64
    private var oldest = UnixNanoseconds.max
    private var newest: UnixNanoseconds = 0
    private var pending: [Pending] = []
    private var nextSweep = Self.smallestSweep
    private(set) var dropped = 0

    /// - Parameter margin: Nanoseconds from an edge within which a trace is held back.
    init(margin: UInt64) {
        self.margin = margin
    }

    /// Adds what was seen in a trace from `start` to `end`.
    ///
    /// - Returns: What lies inside by now, and is not held back any more.
    mutating func add(_ element: Element, from start: UnixNanoseconds, to end: UnixNanoseconds) -> [Element] {
        oldest = min(oldest, start)
        newest = max(newest, end)
        pending.append(Pending(start: start, end: end, element: element))
        guard pending.count >= nextSweep else { return [] }
        let inside = settle()
        if pending.count > Self.capacity / 2 {
            dropped += pending.count
            pending = []
        }
        // Twice what remained, so that sweeping costs a fixed time for each trace.
        nextSweep = max(Self.smallestSweep, 2 * pending.count)
        return inside
    }

    /// Takes out what lies inside by now.
    mutating func settle() -> [Element] {
        let all = pending
        pending = all.filter { !isInside($0) }
        return all.filter { isInside($0) }.map(\.element)
    }

    private func isInside(_ item: Pending) -> Bool {
        item.start - oldest >= margin && newest - item.end >= margin
    }
}
