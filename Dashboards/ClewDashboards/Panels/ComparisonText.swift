import ClewAnalysis
import ClewModel

/// A trace's comparison in words: why it took so long, and what the marks of its waterfall mean.
struct ComparisonText {
    private let comparison: TraceComparison
    private let trace: Trace
    private let root: Int
    private let notes: SpanNotes

    private var verdict: TraceVerdict { comparison.verdict }

    init(_ comparison: TraceComparison, _ trace: Trace, _ root: Int, _ notes: SpanNotes) {
        self.comparison = comparison
        self.trace = trace
        self.root = root
        self.notes = notes
    }

    /// `This POST /checkout took 487ms instead of the usual 83.1ms: inventory → db stock SELECT stock took 415ms …`.
    var sentence: StyledText {
        switch verdict.outcome {
        case .tooFew: tooFew
        case .asUsual:
            subject + " took \(duration, .strong), \("as usual", .good) (p50 \(usual), "
                + "p95 \(DurationText.format(verdict.usual.p95)) of \(others))."
        case .slow: slow
        case .failed: failed
        }
    }

    /// - Parameter hasMarks: Whether the waterfall has the column of marks.
    func footnotes(hasMarks: Bool) -> [StyledText] {
        var lines: [StyledText] = []
        if hasMarks {
            let traces = verdict.isCompared ? others : "other traces"
            lines.append(
                StyledText("× ", .warning)
                    + StyledText(
                        "usual: times the median duration of the operation in \(traces); only above their p95",
                        .muted))
        }
        let unusual = comparison.ranks.count { $0.mark == .unusual }
        if verdict.isCompared, unusual > 0 {
            let verb = unusual == 1 ? "is of an operation" : "are of operations"
            lines.append(
                StyledText(
                    "\(NumberText.counted(unusual, "span")) \(verb) seen fewer than "
                        + "\(OperationBaseline.minimumSamples) times there, and not compared", .muted))
        }
        return lines
    }

    // MARK: - Parts

    private var duration: String { DurationText.format(verdict.duration) }
    private var usual: String { DurationText.format(verdict.usual.p50) }

    private var others: String {
        let traces = NumberText.counted(verdict.samples, "other trace")
        return comparison.isSampled ? "a sample of \(traces)" : traces
    }

    /// `This POST /checkout`.
    private var subject: StyledText { "This " + route }

    private var route: StyledText {
        let span = trace.spans[root]
        return RouteText.name(service: span.service, operation: span.name.isEmpty ? "request" : span.name)
    }

    private var tooFew: StyledText {
        let traces = NumberText.counted(verdict.samples, "other trace")
        let count = verdict.samples == 0 ? "No other trace" : "Only \(traces)"
        return (StyledText("\(count) of ") + route + ": too few to say whether this one is slow.").styled(.muted)
    }

    private var failed: StyledText {
        let comparison = verdict.isCompared ? " (usually \(usual))" : ""
        let sentence = subject + " \("failed", .error) after \(duration, .strong)\(comparison)"
        let span = verdict.failure ?? root
        // A message may be a page long.
        let message = notes.failure(of: trace.spans[span]).map { StyledText($0).truncated(to: 200) }
        if span == root { return message.map { sentence + ": " + $0 + "." } ?? sentence + "." }
        let place = call(span).styled(.critical) + " failed"
        return sentence + ": " + place + (message.map { " (" + $0 + ")" } ?? "") + "."
    }

    private var slow: StyledText {
        let sentence = subject + " took \(duration, .strong) instead of the usual \(usual)"
        guard let cause = verdict.cause else { return sentence + ", and no span stands out." }
        let link: StyledText =
            cause.share >= SlowVerdict.majority ? ": " : "; no single operation explains it, the most is "
        return sentence + link + why(cause) + ", " + part(cause) + "."
    }

    private func why(_ cause: TraceVerdict.Cause) -> StyledText {
        switch cause.kind {
        case .ownTime:
            let hop = Hop(of: cause.span, in: trace)
            let usual = DurationText.format(cause.time - min(cause.excess, cause.time))
            let calls = cause.count > 1 ? " in \(NumberText.count(cause.count)) calls" : ""
            // The figure is not the one that the waterfall shows as the span's duration.
            let own = hop.kind == .work ? " of its own" : ""
            return HopText.name(hop).styled(.critical)
                + " took \(DurationText.format(cause.time), .strong)\(own)\(calls) instead of \(usual)"
        case .calls:
            let count = cause.count == 1 ? "once" : "\(NumberText.count(cause.count)) times"
            let usual =
                switch cause.usualCount {
                case 0: "not at all"
                case 1: "once"
                default: NumberText.count(cause.usualCount)
                }
            return call(cause.span).styled(.critical) + " is called \(count, .strong), usually \(usual)"
        }
    }

    /// `+409ms of +404ms (all of it)`.
    private func part(_ cause: TraceVerdict.Cause) -> StyledText {
        // More than all of it is possible when others took less than usual.
        let share = cause.share > 1.005 ? "all of it" : NumberText.percent(cause.share)
        let (more, all) = (NumberText.change(Double(cause.excess)), NumberText.change(Double(verdict.excess)))
        return "\(more, .strong) of \(all) (\(share))"
    }

    /// The hop as a call: who calls whom, not the network between them.
    private func call(_ span: Int) -> StyledText {
        var hop = Hop(of: span, in: trace)
        if hop.kind == .network { hop.kind = .external }
        return HopText.name(hop)
    }
}
