/// The spans of one trace, put together.
///
/// Spans may come in any order, repeat, lack their parents or carry skewed clocks: that is annotated and never
/// rewritten.
public struct Trace: Sendable {
    /// What is unusual about a span.
    public struct Annotations: OptionSet, Hashable, Sendable {
        public let rawValue: UInt16

        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// The span names a parent that is not in the trace.
        public static let missingParent = Annotations(rawValue: 1 << 0)
        /// The span was sent more than once; the first is shown.
        public static let duplicate = Annotations(rawValue: 1 << 1)
        /// The span's clock differs from its parent's: it starts before, or ends after, what causality allows.
        public static let clockSkew = Annotations(rawValue: 1 << 2)
        /// The span ends after its parent.
        public static let outlivesParent = Annotations(rawValue: 1 << 3)
        /// The span's end lies before its start; it counts as zero long.
        public static let endsBeforeStart = Annotations(rawValue: 1 << 4)
        /// The span is its own ancestor; the cycle is cut here.
        public static let cycle = Annotations(rawValue: 1 << 5)
    }
}
