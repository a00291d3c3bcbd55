import ClewAnalysis
import ClewModel

/// A diff in sentences: how much slower or faster, in which hop, and why.
struct DiffVerdict {
    private let diff: CallDiff
    private let largest: [CallDiff.Row]

    init(_ diff: CallDiff) {
        self.diff = diff
        largest = diff.largestChanges
    }

    /// `POST /checkout got 31 % slower: +42ms (140ms → 180ms), of which +38ms in inventory → database stock (SELECT …).`
    var sentence: StyledText {
        guard isNotable else { return "\(route) \(steady)\(offset)." }
        return "\(route) got \(speed): \(figures)\(culprit)."
    }

    /// `GET /products/{id} got 12 % faster: -4.0ms (33ms → 29ms)`.
    var short: StyledText { isNotable ? "\(route) got \(speed): \(figures)" : "\(route) \(steady)" }

    /// What lies behind the answer, a line each.
    var explanations: [StyledText] { failures + largest.prefix(Self.reasonLimit).map(reason) + caution }

    /// Rows explained in words; the tree has the others.
    private static let reasonLimit = 3

    private var isNotable: Bool { CallDiff.isNotable(diff.before.meanDuration, diff.now.meanDuration) }

    private var route: StyledText { RouteText.name(service: diff.now.service, operation: diff.now.operation) }

    // MARK: - The answer

    private var steady: StyledText {
        "takes as long as before, \(NumberText.rough(diff.before.meanDuration), .strong) on average"
    }

    private var speed: StyledText {
        let word = diff.change > 0 ? StyledText("slower", .error) : StyledText("faster", .good)
        guard let share = diff.relativeChange else { return word }
        return "\(NumberText.percent(share.magnitude), .strong) \(word)"
    }

    private var figures: StyledText {
        let (before, now) = (NumberText.rough(diff.before.meanDuration), NumberText.rough(diff.now.meanDuration))
        return "\(NumberText.roughChange(diff.change), .strong) (\(before) → \(now))"
    }

    private var culprit: StyledText {
        guard let row = largest.first, (row.change > 0) == (diff.change > 0) else { return StyledText() }
        let place = SlowVerdict.place(row.hop).styled(.critical)
        let preposition = row.hop.kind == .network ? "" : "in "
        // More than all of it is possible when other hops changed the other way.
        let part = row.change.magnitude > diff.change.magnitude ? "with" : "of which"
        return ", \(part) \(NumberText.roughChange(row.change), .strong) \(preposition)\(place)"
    }

    /// Changes that make up for one another.
    private var offset: StyledText {
        guard !largest.isEmpty else { return StyledText() }
        return ", but not in the same places"
    }

    // MARK: - Why

    private var failures: [StyledText] {
        let (before, now) = (diff.before.errorShare, diff.now.errorShare)
        guard (now - before).magnitude >= CallDiff.notableErrors else { return [] }
        let style: TextStyle = now > before ? .error : .good
        return ["\(NumberText.percent(now), style) of the requests fail instead of \(NumberText.percent(before))."]
    }

    /// `+38ms in inventory → database stock (SELECT stock): 24 calls a trace instead of 1`.
    private func reason(_ row: CallDiff.Row) -> StyledText {
        let change = StyledText(NumberText.roughChange(row.change), row.change > 0 ? .error : .good)
        let causes = causes(row).joined(separator: "; ")
        let preposition = row.hop.kind == .network ? "" : "in "
        let place: StyledText = "\(change) \(preposition)\(SlowVerdict.place(row.hop))"
        return causes.isEmpty ? place : "\(place): \(causes)"
    }

    private func causes(_ row: CallDiff.Row) -> [StyledText] {
        guard let before = row.before, before.calls > 0 else { return ["it is new"] }
        guard let now = row.now, now.calls > 0 else { return ["it is gone"] }
        var causes: [StyledText] = []
        if row.hasOtherCalls {
            let calls = NumberText.decimal(now.calls)
            causes.append("\(calls, .strong) calls a trace instead of \(NumberText.decimal(before.calls))")
        }
        let (eachBefore, each) = (before.ownTime / before.calls, now.ownTime / now.calls)
        if CallDiff.isNotable(eachBefore, each) {
            causes.append("\(NumberText.rough(each), .strong) a call instead of \(NumberText.rough(eachBefore))")
        }
        if row.hasOtherErrors {
            let share = NumberText.percent(now.errorShare)
            causes.append("\(share, .strong) of the calls fail instead of \(NumberText.percent(before.errorShare))")
        }
        return causes
    }

    /// What limits the answer.
    private var caution: [StyledText] {
        let few = min(diff.before.traceCount, diff.now.traceCount)
        guard few < Self.fewTraces else { return [] }
        let text =
            few == 1 && diff.before.traceCount == diff.now.traceCount
            ? "One trace against one: chance may be the reason."
            : "Only \(NumberText.counted(few, "trace")) on one side: take it as a hint."
        return [StyledText(text, .warning)]
    }

    /// Below this a mean says little.
    private static let fewTraces = 5
}
