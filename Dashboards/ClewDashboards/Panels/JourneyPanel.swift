public import ClewAnalysis
import ClewModel

/// A journey as somebody who is asked about one order wants it: what became of it, the steps, and what is pending.
public struct JourneyPanel: Panel {
    public var journey: Journey
    /// Sentences on what was left out.
    public var notes: [String]
    /// Flags that the commands to paste end in, with a space before them.
    public var sourceFlags: String

    public init(_ journey: Journey, notes: [String] = [], sourceFlags: String = "") {
        self.journey = journey
        self.notes = notes
        self.sourceFlags = sourceFlags
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard !journey.steps.isEmpty else {
            return [.paragraph(StyledText("The journey has no steps.", .muted))] + remarks
        }
        var blocks: [Block] = [
            .paragraph(Self.verdict(journey).readable), .list(overview.map(\.readable)),
            .table(JourneySteps(journey).table),
        ]
        let pending = JourneyPendingText.lines(journey)
        if !pending.isEmpty { blocks.append(.list(pending.map(\.readable))) }
        return blocks + remarks + [.list(commands)]
    }

    /// The verdict alone: one sentence on what became of the request, how long it took and how long it waited.
    public static func verdict(_ journey: Journey) -> StyledText { JourneyVerdict(journey).sentence }

    private var remarks: [Block] {
        var notes = notes
        if journey.isCut, notes.isEmpty { notes.append("More traces belong to it than were looked at.") }
        var lines = notes.map { (StyledText("! ", .warning) + StyledText($0)).readable }
        if journey.omittedSteps > 0 {
            lines.append(StyledText("… \(NumberText.counted(journey.omittedSteps, "more step")) not shown", .muted))
        }
        return lines.isEmpty ? [] : [.list(lines)]
    }

    private var overview: [StyledText] {
        let totals = journey.totals
        var facts: [StyledText] = [
            "\(NumberText.counted(journey.steps.count + journey.omittedSteps, "step"))",
            "\(NumberText.counted(totals.traces, "trace"))",
            "\(NumberText.counted(totals.services, "service"))",
            "work \(DurationText.format(totals.work), .strong)",
            "waiting \(DurationText.format(totals.waiting), .strong)",
        ]
        if totals.errors > 0 { facts.append("\(NumberText.counted(totals.errors, "failed step"), .error)") }
        return [keys, facts.joined(separator: " · ")] + sagas
    }

    /// Beyond, sagas are counted.
    private static let sagaLimit = 5

    private var sagas: [StyledText] {
        let lines = journey.sagas.prefix(Self.sagaLimit).map { JourneyVerdict.saga($0) }
        let rest = journey.sagas.count - lines.count
        return rest > 0 ? lines + [StyledText("… \(NumberText.counted(rest, "more saga"))", .muted)] : lines
    }

    /// Beyond, business keys are counted.
    private static let keyLimit = 3

    private var keys: StyledText {
        func list(_ noun: String, _ ids: [String]) -> StyledText? {
            guard !ids.isEmpty else { return nil }
            let shown = ids.prefix(Self.keyLimit).map { StyledText($0, .accent) }.joined(separator: ", ")
            let rest = ids.count > Self.keyLimit ? " and \(NumberText.count(ids.count - Self.keyLimit)) more" : ""
            return StyledText("\(noun) ") + shown + StyledText(rest)
        }
        let parts: [StyledText?] = [
            list("order", journey.orders.map(\.id)), list("correlation", journey.correlationIDs),
            StyledText("\(TimeText.millisecond(journey.start)) UTC"),
        ]
        return parts.compactMap(\.self).joined(separator: " · ")
    }

    /// Commands to paste, for the request and for what failed first.
    private var commands: [StyledText] {
        var commands: [StyledText] = []
        var shown: Set<String> = []
        func add(_ label: String, _ step: Journey.Step?) {
            guard let step, shown.insert(step.traceID.hex).inserted else { return }
            commands.append(
                StyledText("\(label): ", .muted) + "clew trace \(step.traceID.hex, .accent)\(sourceFlags)")
        }
        add("begins", journey.steps.first)
        add("failed", journey.steps.first { $0.isError })
        add("undone", journey.steps.first { $0.kind == .compensation })
        let waiting = journey.steps.filter { ($0.waited ?? 0) > 0 }
        add("waited longest", waiting.max { ($0.waited ?? 0) < ($1.waited ?? 0) })
        if journey.correlationIDs.count == 1, let id = journey.correlationIDs.first, Self.isPlainWord(id) {
            commands.append(
                StyledText("logs: ", .muted) + "clew logs --attribute correlation.id=\(id, .accent)\(sourceFlags)")
        }
        return commands
    }

    /// Whether a shell takes the text as it is: telemetry must not write commands.
    private static func isPlainWord(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}
