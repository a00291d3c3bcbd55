import ClewAnalysis
import ClewModel

/// Which spans of a trace are shown, and where those that are not are summed up.
struct WaterfallRows {
    enum Content {
        /// A span's place in the trace.
        case span(Int)
        case folded(Fold)
    }

    struct Row {
        var content: Content
        var depth: Int
    }

    /// Spans below one parent that are not shown.
    struct Fold {
        var count = 0
        var errors = 0
        /// Nanoseconds; the sum of the spans' own times on the critical path.
        var ownTime: UInt64 = 0
        var longest: UInt64 = 0
        /// The name that all of them share, if they do.
        var name: String?
    }

    private(set) var rows: [Row] = []

    /// The places of the spans that are shown, in display order.
    var spans: [Int] {
        rows.compactMap { row in
            guard case .span(let index) = row.content else { return nil }
            return index
        }
    }

    init(_ trace: Trace, _ path: CriticalPath, limit: Int) {
        let shown = Self.cut(trace, path, Self.unrepeated(trace), limit: limit)
        let folds = Self.folds(trace, path, shown)
        var open: [Int] = []
        for index in trace.spans.indices where shown[index] {
            while let last = open.last, last != trace.parent(of: index) { close(open.removeLast(), folds, trace) }
            rows.append(Row(content: .span(index), depth: trace.depth(of: index)))
            open.append(index)
        }
        while let last = open.popLast() { close(last, folds, trace) }
        if let fold = folds[-1] { rows.append(Row(content: .folded(fold), depth: 0)) }
    }

    private mutating func close(_ index: Int, _ folds: [Int: Fold], _ trace: Trace) {
        guard let fold = folds[index] else { return }
        rows.append(Row(content: .folded(fold), depth: trace.depth(of: index) + 1))
    }

    /// More calls of one kind than this below one parent are folded.
    private static let repetition = 5

    /// Folds what one parent repeats: the first two, the longest and the first failure stay.
    private static func unrepeated(_ trace: Trace) -> [Bool] {
        struct Key: Hashable {
            var service: String
            var name: String
        }
        var shown = Array(repeating: true, count: trace.count)
        for parent in trace.spans.indices {
            let children = trace.children(of: parent)
            guard children.dropFirst(repetition).first != nil else { continue }
            let leaves = children.filter { trace.children(of: $0).isEmpty }
            let groups = Dictionary(grouping: leaves) {
                Key(service: trace.spans[$0].service, name: trace.spans[$0].name)
            }
            for group in groups.values where group.count > repetition {
                let longest = group.max { (trace.spans[$0].duration, $1) < (trace.spans[$1].duration, $0) }
                let failed = group.first { trace.spans[$0].isError }
                for index in group.dropFirst(2) where index != longest && index != failed { shown[index] = false }
            }
        }
        return shown
    }

    /// Keeps the roots, then what cost most time on the critical path or failed, then the longest; with its ancestors.
    private static func cut(_ trace: Trace, _ path: CriticalPath, _ shown: [Bool], limit: Int) -> [Bool] {
        let candidates = shown.indices.filter { shown[$0] }
        guard candidates.count > limit else { return shown }
        func weight(_ index: Int) -> UInt64 {
            max(path.ownTime(of: index), trace.spans[index].isError ? trace.spans[index].duration : 0)
        }
        let order = candidates.sorted {
            (weight($1), trace.spans[$1].duration, $0) < (weight($0), trace.spans[$0].duration, $1)
        }
        var kept = Array(repeating: false, count: trace.count)
        var room = limit
        if let root = trace.root {
            kept[root] = true
            room -= 1
        }
        // Of the spans kept: what lies further below them than there is room need not be followed.
        var deepest = trace.root.map { trace.depth(of: $0) } ?? -1
        for index in order where room > 0 && !kept[index] && trace.depth(of: index) - deepest <= room {
            var branch: [Int] = []
            var next: Int? = index
            while let current = next, !kept[current], branch.count <= room {
                branch.append(current)
                next = trace.parent(of: current)
            }
            guard branch.count <= room else { continue }
            for member in branch { kept[member] = true }
            room -= branch.count
            deepest = max(deepest, trace.depth(of: index))
        }
        return kept
    }

    /// The hidden spans, summed up by their nearest shown ancestor; -1 for those without one.
    private static func folds(_ trace: Trace, _ path: CriticalPath, _ shown: [Bool]) -> [Int: Fold] {
        var folds: [Int: Fold] = [:]
        var holder = Array(repeating: -1, count: trace.count)
        // A parent comes before its children, so its holder is known.
        for index in trace.spans.indices {
            if let parent = trace.parent(of: index) { holder[index] = shown[parent] ? parent : holder[parent] }
            if !shown[index] { folds[holder[index], default: Fold()].add(trace.spans[index], path.ownTime(of: index)) }
        }
        return folds
    }
}

extension WaterfallRows.Fold {
    fileprivate mutating func add(_ span: SpanSummary, _ ownTime: UInt64) {
        name = count == 0 || name == span.name ? span.name : nil
        count += 1
        errors += span.isError ? 1 : 0
        self.ownTime = self.ownTime.addingReportingOverflow(ownTime).partialValue
        longest = max(longest, span.duration)
    }

    /// `… 497 more SELECT item, longest 12.3ms, 1.23s on the critical path, 2 failed`.
    var text: StyledText {
        var parts = ["… \(NumberText.count(count)) more \(name ?? (count == 1 ? "span" : "spans"))"]
        parts.append("longest \(DurationText.format(longest))")
        if ownTime > 0 { parts.append("\(DurationText.format(ownTime)) on the critical path") }
        let text = StyledText(parts.joined(separator: ", "), ownTime > 0 ? .critical : .muted)
        return errors > 0 ? text + ", " + StyledText("\(NumberText.count(errors)) failed", .error) : text
    }
}
