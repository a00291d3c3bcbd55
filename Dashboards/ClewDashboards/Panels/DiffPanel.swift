public import ClewAnalysis
import ClewModel

/// What changed between two sides: the answer in a sentence, why, then the hops that changed as a tree, then other routes.
///
/// Durations are in two significant digits and small changes read `same`, so that equal behaviour gives equal text. Nothing
/// in it names a trace or a moment.
public struct DiffPanel: Panel {
    public var routes: RouteDiffs
    /// What the two sides are called, for example `1.0.0` and `1.1.0`.
    public var before: String
    public var now: String
    /// Sentences on what was left out.
    public var notes: [String]
    /// Hops shown at most; the others are summed up in one row.
    public var limit: Int

    public init(_ routes: RouteDiffs, before: String, now: String, notes: [String] = [], limit: Int = 25) {
        self.routes = routes
        self.before = before
        self.now = now
        self.notes = notes
        self.limit = max(limit, 1)
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard let worst = routes.diffs.first else {
            return [.paragraph(StyledText("No route is on both sides.", .muted))] + remarks
        }
        let verdict = DiffVerdict(worst)
        var blocks: [Block] = [.paragraph(verdict.sentence.readable)]
        if !verdict.explanations.isEmpty { blocks.append(.list(verdict.explanations.map(\.readable))) }
        blocks.append(.list([side(before, worst.before), side(now, worst.now)].map(\.readable)))
        let tree = DiffTree(worst, limit: limit)
        if !tree.isEmpty { blocks.append(.figure(tree.lines(width: options.width))) }
        if routes.diffs.count > 1 { blocks += [.heading("other routes"), .list(others.map(\.readable))] }
        return blocks + remarks
    }

    /// The answer alone: how much slower or faster, and in which hop most of that is.
    public static func verdict(_ diff: CallDiff) -> StyledText { DiffVerdict(diff).sentence }

    /// `1.0.0: mean 140ms, p50 120ms, p95 300ms, 120 traces, 2 failed`.
    private func side(_ name: String, _ side: CallDiff.Side) -> StyledText {
        let mean: StyledText = "\(name, .accent): mean \(NumberText.rough(side.meanDuration), .strong)"
        let traces = NumberText.counted(side.traceCount, "trace")
        guard side.traceCount > 1 else { return "\(mean), \(traces)" }
        let quantiles: StyledText =
            "p50 \(NumberText.rough(Double(side.durations.p50))), p95 \(NumberText.rough(Double(side.durations.p95)))"
        let failed =
            side.errorCount > 0 ? StyledText(", \(NumberText.count(side.errorCount)) failed", .error) : StyledText()
        return "\(mean), \(quantiles), \(traces)\(failed)"
    }

    /// Beyond, further routes are counted.
    private static let otherLimit = 10

    private var others: [StyledText] {
        let rest = routes.diffs.dropFirst()
        let lines = rest.prefix(Self.otherLimit).map { DiffVerdict($0).short }
        let more = rest.count - lines.count
        return more > 0 ? lines + [StyledText("… \(NumberText.counted(more, "more route"))", .muted)] : lines
    }

    private var remarks: [Block] {
        var lines = notes.map { (StyledText("! ", .warning) + StyledText($0)).readable }
        if let line = alone(routes.onlyBefore, on: before) { lines.append(line.readable) }
        if let line = alone(routes.onlyNow, on: now) { lines.append(line.readable) }
        return lines.isEmpty ? [] : [.list(lines)]
    }

    /// `only in after.json: GET /offers, GET /teapot and 3 more`.
    private func alone(_ routes: [SlowAnalysis.Route], on side: String) -> StyledText? {
        guard !routes.isEmpty else { return nil }
        let names = routes.prefix(3).map { RouteText.name(service: $0.service, operation: $0.operation) }
        let more = routes.count > names.count ? " and \(NumberText.count(routes.count - names.count)) more" : ""
        let line: StyledText = "only in \(side, .accent): \(names.joined(separator: ", "))\(more)"
        return line
    }
}
