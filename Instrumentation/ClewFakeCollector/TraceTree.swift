public import ClewModel

/// The spans of one trace, parents before their children and siblings by their start.
///
/// A span whose parent is not among them stands at the left edge, as a root does.
public struct TraceTree: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let span: ClewModel.Span
        /// How many ancestors are shown above it.
        public let depth: Int
    }

    public let id: TraceID
    public let entries: [Entry]

    public init(_ id: TraceID, of spans: [ClewModel.Span]) {
        self.id = id
        let known = Set(spans.map(\.spanID))
        var children = Dictionary(grouping: spans.sorted { ($0.start, $0.spanID) > ($1.start, $1.spanID) }) { span in
            span.parentSpanID.flatMap { known.contains($0) && $0 != span.spanID ? $0 : nil }
        }
        var entries: [Entry] = []
        // A stack instead of recursion: a trace may be deep. Each list is taken once, so that a circle ends.
        var waiting = (children.removeValue(forKey: nil) ?? []).map { Entry(span: $0, depth: 0) }
        while true {
            while let entry = waiting.popLast() {
                entries.append(entry)
                let below = children.removeValue(forKey: entry.span.spanID) ?? []
                waiting += below.map { Entry(span: $0, depth: entry.depth + 1) }
            }
            // What is left hangs from spans that are each other's ancestors.
            guard let key = children.keys.min(by: { ($0?.value ?? 0) < ($1?.value ?? 0) }) else { break }
            waiting = (children.removeValue(forKey: key) ?? []).map { Entry(span: $0, depth: 0) }
        }
        self.entries = entries
    }

    public var spans: [ClewModel.Span] { entries.map(\.span) }

    /// The spans that are shown without a parent.
    public var roots: [ClewModel.Span] { entries.filter { $0.depth == 0 }.map(\.span) }

    /// The direct children of a span.
    public func children(of span: ClewModel.Span) -> [ClewModel.Span] {
        spans.filter { $0.parentSpanID == span.spanID && $0.spanID != span.spanID }
    }

    /// The names alone, one a line, each level two spaces further to the right.
    public var outline: String {
        entries.map { String(repeating: "  ", count: $0.depth) + $0.span.name }.joined(separator: "\n")
    }
}

extension TraceTree: Comparable {
    /// By the earliest start.
    public static func < (left: TraceTree, right: TraceTree) -> Bool {
        (left.start, left.id) < (right.start, right.id)
    }

    private var start: UnixNanoseconds { entries.map(\.span.start).min() ?? 0 }
}

extension TraceTree: CustomStringConvertible {
    /// The tree with kinds, durations, statuses, attributes and events; long values are cut.
    public var description: String {
        (["trace \(id)"] + entries.map(Self.line)).joined(separator: "\n")
    }

    private static func line(_ entry: Entry) -> String {
        let span = entry.span
        var parts = [String(repeating: "  ", count: entry.depth + 1) + span.name]
        if span.kind != .internal, span.kind != .unspecified { parts.append("\(span.kind)") }
        parts.append(DurationText.format(span.duration))
        switch span.status.code {
        case .unset: break
        case .ok: parts.append("ok")
        case .error: parts.append(span.status.message.isEmpty ? "ERROR" : "ERROR '\(cut(span.status.message))'")
        }
        parts += span.attributes.map { "\($0.key)=\(cut($0.value.description))" }
        if !span.events.isEmpty { parts.append("[" + span.events.map(\.name).joined(separator: ", ") + "]") }
        return parts.joined(separator: " ")
    }

    private static func cut(_ text: String) -> String { text.count > 60 ? text.prefix(60) + "…" : text }
}
