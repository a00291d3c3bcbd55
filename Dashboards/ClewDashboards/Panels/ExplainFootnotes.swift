import ClewAnalysis
import ClewModel

/// What an explanation was taken from, and what it could not see.
struct ExplainFootnotes {
    private let explanation: Explanation

    init(_ explanation: Explanation) {
        self.explanation = explanation
    }

    var lines: [StyledText] {
        let names = explanation.comparison == .tail ? ("slow", "typical") : ("now", "baseline")
        return [side(names.0, explanation.now), side(names.1, explanation.before)] + logs + sampling + tail
    }

    private func side(_ name: String, _ side: Explanation.Side) -> StyledText {
        let counts = [
            NumberText.counted(side.traces, "trace"), NumberText.counted(side.spans, "span"),
            NumberText.counted(side.records, "log record"),
        ]
        let time = TimeText.range(side.from, side.to)
        return StyledText("\(name): \(counts.joined(separator: ", ")), \(time)", .muted)
    }

    private var tail: [StyledText] {
        guard explanation.comparison == .tail else { return [] }
        let text = "Slow requests against typical ones: what slows all of them shows only against a --baseline."
        return [StyledText(text, .muted)]
    }

    private var logs: [StyledText] {
        switch (explanation.now.records > 0, explanation.before.records > 0) {
        case (true, true): []
        case (false, false): [StyledText("Without log records: what is logged was not compared.", .muted)]
        default: [StyledText("Only one side has log records: what is logged was not compared.", .warning)]
        }
    }

    private var sampling: [StyledText] {
        var lines: [StyledText] = []
        let lost = max(explanation.now.lost, explanation.before.lost)
        if lost >= 0.01 {
            let share = NumberText.percent(lost)
            lines.append(StyledText("About \(share) of the spans did not come: missing work counts less.", .warning))
        }
        if explanation.keptShare < 1 {
            let share = NumberText.percent(explanation.keptShare)
            lines.append(StyledText("Only \(share) of the traces fitted into memory and were looked at.", .warning))
        }
        if explanation.oversizedTraces > 0 {
            let count = NumberText.counted(explanation.oversizedTraces, "trace")
            lines.append(StyledText("\(count) left out: too large to be looked at.", .warning))
        }
        if explanation.dropped > 0 {
            let count = NumberText.counted(explanation.dropped, "statistic")
            lines.append(StyledText("\(count) of rare operations and log lines left out.", .muted))
        }
        return lines
    }
}
