import ClewAnalysis
import ClewModel

/// What a journey still waits for, a line each.
enum JourneyPendingText {
    /// Beyond, what is pending is counted.
    private static let limit = 8

    static func lines(_ journey: Journey) -> [StyledText] {
        let lines = journey.pending.prefix(limit).map { StyledText("pending: ", .warning) + line($0, in: journey) }
        let rest = journey.pending.count - lines.count
        return rest > 0 ? lines + [StyledText("… \(NumberText.count(rest)) more pending", .muted)] : lines
    }

    private static func line(_ pending: Journey.Pending, in journey: Journey) -> StyledText {
        let what = pending.detail.map { "\($0) " } ?? ""
        let text: StyledText =
            switch pending.kind {
            case .message: "\(what)sent to \(pending.name, .accent), received by nobody"
            case .delivery: "\(what)from \(pending.name, .accent), failed in \(pending.service ?? "?", .accent)"
            case .saga: "saga \(pending.name, .accent) \(what)has not ended"
            case .parkedSaga: "saga \(pending.name, .accent) \(what)is parked: its compensation failed"
            }
        let moment = pending.since > journey.start ? pending.since - journey.start : 0
        return text + ", since \(TimeText.second(pending.since)) UTC (+\(DurationText.format(moment)))"
    }
}
