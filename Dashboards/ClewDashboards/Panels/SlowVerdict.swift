import ClewAnalysis
import ClewModel

/// A slow report in sentences: which hop, how much, of how much, in how many traces, and why.
struct SlowVerdict {
    private let report: SlowReport

    init(_ report: SlowReport) {
        self.report = report
    }

    /// The answer: `POST /checkout is slow in inventory → database stock (SELECT stock): +312ms of +329ms (95 %) …`.
    var sentence: StyledText { culprit.map(named) ?? steady }

    /// The hop to blame; `nil` for a route that is not slower.
    var culprit: SlowReport.HopShare? { isSlower ? report.culprit : nil }

    /// What lies behind the answer, each a sentence.
    var explanations: [StyledText] {
        guard let culprit else { return isAlone ? [] : caution }
        return calls(culprit) + next(culprit) + caution
    }

    /// Below a millisecond, or a tenth of the typical duration, a difference is no answer to "why is it slow".
    var isSlower: Bool {
        report.difference >= 1_000_000 && Double(report.difference) >= report.typical.meanDuration / 10
    }

    /// One trace is at once the slow and the typical one.
    var isAlone: Bool { report.comparison == .tail && report.traceCount == 1 }

    /// A hop that explains less than this is the largest of several causes, not the cause.
    static let majority = 0.5

    // MARK: - The answer

    private func named(_ culprit: SlowReport.HopShare) -> StyledText {
        let verb = report.comparison == .tail ? "is slow" : "got slower"
        let change: StyledText =
            "\(NumberText.change(culprit.change), .strong) of "
            + "\(NumberText.change(Double(report.difference)), .strong) (\(share(culprit), .strong)) \(scope)"
        if culprit.shareOfDifference >= Self.majority {
            let preposition = culprit.hop.kind == .network ? "" : "in "
            return route + " \(verb) \(preposition)" + Self.place(culprit.hop).styled(.critical) + ": " + change + "."
        }
        return route + " \(verb), and no single hop explains it; the largest is "
            + Self.place(culprit.hop).styled(.critical) + ": "
            + change + "."
    }

    private var route: StyledText { RouteText.name(service: report.service, operation: report.operation) }

    /// `the slowest 10 % (42 of 420 traces)`.
    private var tail: StyledText {
        let part = Double(report.slow.count) / Double(max(report.traceCount, 1))
        let all = NumberText.counted(report.traceCount, "trace")
        return "the slowest \(NumberText.percent(part)) (\(NumberText.count(report.slow.count)) of \(all))"
    }

    private var scope: StyledText {
        switch report.comparison {
        case .tail:
            return "in " + tail
        case .baseline:
            let before = NumberText.counted(report.typical.count, "trace")
            return "in \(NumberText.counted(report.slow.count, "trace")) against \(before) of the baseline"
        }
    }

    private func share(_ hop: SlowReport.HopShare) -> String {
        // More than all of it is possible when other hops got faster at the same time.
        hop.shareOfDifference > 1.005 ? "all of it" : NumberText.percent(hop.shareOfDifference)
    }

    /// `inventory → database stock (SELECT stock)`.
    static func place(_ hop: Hop) -> StyledText {
        let operation: StyledText = hop.operation.isEmpty ? "" : " (\(hop.operation))"
        return switch hop.kind {
        case .work: "\(hop.service, .accent)" + StyledText("'s own work") + operation
        case .database: "\(hop.service, .accent) → database \(hop.target, .accent)" + operation
        case .messaging: "\(hop.service, .accent) → \(hop.target, .accent), publishing" + operation
        case .external: "\(hop.service, .accent) → \(hop.target, .accent), which sends no telemetry" + operation
        case .network: "between \(hop.service, .accent) and \(hop.target, .accent): network or queueing" + operation
        }
    }

    private var steady: StyledText {
        guard report.traceCount > 0 else { return "No complete trace of " + route + " in this time." }
        switch report.comparison {
        case .tail where isAlone:
            return "Only one trace of " + route
                + " in this time, \(NumberText.duration(report.slow.meanDuration)) long: "
                + "there is nothing to compare it with."
        case .tail:
            let typical = NumberText.duration(report.typical.meanDuration)
            let took = report.difference == 0 ? "as long as" : "\(NumberText.duration(report.slow.meanDuration)),"
            return route + " is steady: " + tail + " took \(took) the typical \(typical)."
        case .baseline:
            return route + " did not get slower: \(NumberText.change(Double(report.difference))) " + scope + "."
        }
    }

    // MARK: - Why

    /// More calls, or slower calls?
    private func calls(_ hop: SlowReport.HopShare) -> [StyledText] {
        let (now, before) = (hop.slowCalls, hop.typicalCalls)
        guard now > 0 else { return [] }
        let each = "\(NumberText.duration(hop.slowMean / now))"
        guard before >= 0.05 else { return ["Typical traces do not wait for it at all; here it takes \(each) a call."] }
        let eachBefore = NumberText.duration(hop.typicalMean / before)
        let slower = hop.slowMean / now >= 1.5 * hop.typicalMean / before
        guard now >= 1.5 * before else {
            return slower ? ["Each call takes \(each, .strong) instead of \(eachBefore)."] : []
        }
        let more: StyledText =
            "It is called \(NumberText.decimal(now), .strong) times a trace instead of \(NumberText.decimal(before))"
        return slower
            ? [more + ", and each call takes \(each, .strong) instead of \(eachBefore)."]
            : [more + "; each call takes about as long (\(each))."]
    }

    /// The runner-up, when it matters.
    private func next(_ culprit: SlowReport.HopShare) -> [StyledText] {
        let others = report.hops.filter { $0.hop != culprit.hop && $0.shareOfDifference >= 0.1 }.prefix(2)
        guard !others.isEmpty else { return [] }
        let parts = others.map { other -> StyledText in
            Self.place(other.hop)
                + " \(NumberText.change(other.change)) (\(NumberText.percent(other.shareOfDifference)))"
        }
        return ["Then " + parts.joined(separator: ", ") + "."]
    }

    /// What limits the answer.
    private var caution: [StyledText] {
        var result: [StyledText] = []
        if (1..<Self.fewTraces).contains(report.slow.count) {
            let count = NumberText.counted(report.slow.count, "slow trace")
            result.append(StyledText("Only \(count): take it as a hint, or widen the time.", .warning))
        }
        if report.unsampledTraces > 0 {
            let count = NumberText.counted(report.unsampledTraces, "further trace")
            result.append(StyledText("\(count) counted, not compared: a random sample stands for all.", .muted))
        }
        if report.incompleteTraces > 0 {
            let count = NumberText.counted(report.incompleteTraces, "incomplete trace")
            result.append(StyledText("\(count) left out.", .muted))
        }
        return result
    }

    /// Below this a mean says little.
    private static let fewTraces = 5
}
