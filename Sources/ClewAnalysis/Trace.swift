public import ClewModel

/// The spans of one trace, put together.
///
/// Spans may come in any order, repeat, lack their parents or carry skewed clocks: that is annotated and never
/// rewritten. Spans are addressed by their place in ``spans``.
///
/// Assembling takes the time of one sort and a fixed number of words a span, whatever the shape; nothing recurses.
public struct Trace: Sendable {
    /// In display order: each span followed by its descendants, siblings by adjusted start, then by span id. Times are
    /// as sent.
    public let spans: [SpanSummary]
    /// Spans without a parent in the trace, in display order. More than one when parents are missing.
    public let roots: [Int]
    /// Where the trace starts; `nil` only for an empty trace.
    ///
    /// A true root goes before one whose parent is missing, an entry before other kinds, then the earliest.
    public let root: Int?
    private let nodes: [Node]

    /// - Parameter spans: Spans of one trace, in any order.
    public init(spans: [SpanSummary]) {
        let (spans, nodes) = TraceAssembly(spans).arranged()
        let roots = Array(Children(nodes: nodes, startIndex: 0, endIndex: nodes.count))
        // Display order is order of start, and `min` keeps the first of equals.
        root = roots.min {
            (nodes[$0].isTrueRoot ? 0 : 1, spans[$0].isEntry ? 0 : 1)
                < (nodes[$1].isTrueRoot ? 0 : 1, spans[$1].isEntry ? 0 : 1)
        }
        (self.spans, self.nodes, self.roots) = (spans, nodes, roots)
    }

    public var count: Int { spans.count }

    /// Whether ``root`` is where the request began: it names no parent.
    public var isComplete: Bool {
        root.map { nodes[$0].isTrueRoot } ?? false
    }

    public func parent(of index: Int) -> Int? {
        nodes[index].parent < 0 ? nil : nodes[index].parent
    }

    /// The children of a span in display order.
    public func children(of index: Int) -> Children {
        Children(nodes: nodes, startIndex: index + 1, endIndex: nodes[index].subtreeEnd)
    }

    /// Ancestors of a span up to its root; zero for a root.
    public func depth(of index: Int) -> Int { nodes[index].depth }

    public func annotations(of index: Int) -> Annotations { nodes[index].annotations }

    /// The start on the root's clock, as far as that can be estimated: the sent start plus ``clockOffset(of:)``.
    public func start(of index: Int) -> UnixNanoseconds { nodes[index].interval.start }

    /// The end on the root's clock; never before ``start(of:)``.
    public func end(of index: Int) -> UnixNanoseconds { nodes[index].interval.end }

    /// Where a span stood in the spans that the trace was made of.
    public func source(of index: Int) -> Int { nodes[index].source }

    /// Nanoseconds that were added to the sent times to make up for a clock that differs from the caller's.
    public func clockOffset(of index: Int) -> Int64 { nodes[index].offset }

    /// The names of the services, in order of appearance.
    public var services: [String] {
        var seen: Set<String> = []
        return spans.lazy.map(\.service).filter { seen.insert($0).inserted }
    }

    /// A span's place among the others.
    struct Node {
        /// In the input.
        var source: Int
        /// -1 for a root.
        var parent: Int
        /// One past the last descendant: in display order a span's descendants follow it without a gap.
        var subtreeEnd: Int
        var depth: Int
        var interval: Interval
        var offset: Int64
        var annotations: Annotations

        /// Of a root, whether its span names no parent.
        var isTrueRoot: Bool { annotations.isDisjoint(with: [.missingParent, .cycle]) }
    }

    /// Siblings in display order; an element is the place of a span in ``Trace/spans``.
    public struct Children: Collection, Sendable {
        let nodes: [Node]
        public let startIndex: Int
        public let endIndex: Int

        public func index(after index: Int) -> Int { nodes[index].subtreeEnd }

        public subscript(position: Int) -> Int { position }
    }

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
