public import ClewModel

/// What the root of a trace waited for at each moment of its interval.
///
/// The path is found backwards: from the end of a span, the child that ended last is what it waited for; before that
/// child's start, the child that had ended by then, and so on; what no child explains is the span's own time. So of
/// parallel children only the one that determines the end counts at any moment.
///
/// Rules at the edges, all on adjusted times:
/// - Only what lies inside the parent's interval counts; a child that starts before or outlives its parent is clipped.
/// - A parent that ended did not need the end of a child that outlives it. Such a child, a background task or a call
///   that was given up, explains only what comes after the last child that ended in time.
/// - A consumer that outlives its parent is not waited for at all: publishing does not wait for the work.
/// - A child that was still running when the next one on the path started is not waited for, unless the overlap is
///   within `slack(for:)`.
/// - Spans of zero length explain nothing and are not on the path.
///
/// Own times sum exactly to ``duration``. Takes O(n log n) time and no recursion.
public struct CriticalPath: Sendable {
    /// A stretch of time and the span that it is spent in.
    public struct Segment: Hashable, Sendable {
        /// The span's place in ``Trace/spans``.
        public var span: Int
        public var from: UnixNanoseconds
        public var to: UnixNanoseconds

        public var duration: UInt64 { to - from }
    }

    /// One span on the path and the time spent in it.
    public struct HopTime: Hashable, Sendable {
        public var hop: Hop
        /// The span's place in ``Trace/spans``.
        public var span: Int
        /// Nanoseconds.
        public var ownTime: UInt64
    }

    /// In order of time; they partition the root's adjusted interval without gap or overlap. Empty for a root of zero
    /// length.
    public let segments: [Segment]
    private let trace: Trace
    private let ownTimes: [UInt64]
    private let onPath: [Bool]

    public init(of trace: Trace) {
        self.trace = trace
        var walk = CriticalPathWalk(trace)
        walk.run()
        (segments, ownTimes, onPath) = (walk.segments, walk.ownTimes, walk.onPath)
    }

    /// The root's duration in nanoseconds; zero for an empty trace.
    public var duration: UInt64 { trace.root.map { trace.end(of: $0) - trace.start(of: $0) } ?? 0 }

    /// Nanoseconds of the path that none of the span's children explains; zero off the path.
    public func ownTime(of index: Int) -> UInt64 { ownTimes[index] }

    /// Whether the root waited for this span; true also where its children explain all of its time.
    public func contains(_ index: Int) -> Bool { onPath[index] }

    /// The spans on the path in display order, each as a hop.
    public var hops: [HopTime] {
        onPath.indices.lazy.filter { onPath[$0] }.map {
            HopTime(hop: Hop(of: $0, in: trace), span: $0, ownTime: ownTimes[$0])
        }
    }

    /// How long a child may run on after the next child on the path started, or after its parent ended, and still
    /// count as waited for: a hundredth of the child, at most 1 ms. Spans are often ended a moment after what they measure.
    static func slack(for duration: UInt64) -> UInt64 {
        min(1_000_000, duration / 100)
    }
}
