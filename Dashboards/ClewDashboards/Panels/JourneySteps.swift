import ClewAnalysis
import ClewModel

/// The steps of a journey as a table in order of time.
struct JourneySteps {
    private let journey: Journey
    /// Steps by the number of what they undo.
    private let compensations: [Int: Journey.Step]
    private let byNumber: [Int: Journey.Step]
    private let longestWait: UInt64

    init(_ journey: Journey) {
        self.journey = journey
        compensations = Dictionary(
            journey.steps.compactMap { step in step.undoes.map { ($0, step) } },
            uniquingKeysWith: { first, _ in first })
        byNumber = Dictionary(journey.steps.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        longestWait = journey.steps.lazy.compactMap(\.waited).max() ?? 0
    }

    var table: Table {
        Table(
            columns: [
                Table.Column("at", .right),
                Table.Column(""),
                Table.Column("service", minimumWidth: 8),
                Table.Column("what", minimumWidth: 22),
                Table.Column("work", .right),
                Table.Column("waited", .right),
                Table.Column("note", minimumWidth: 12, dropOrder: 1),
            ],
            rows: journey.steps.map(row))
    }

    private func row(_ step: Journey.Step) -> [StyledText] {
        [
            StyledText(Self.moment(step.offset), .muted),
            Self.mark(step),
            StyledText(step.service, .accent),
            what(step),
            StyledText(DurationText.format(step.work)),
            waited(step),
            notes(step).joined(separator: ", "),
        ]
    }

    private static func moment(_ offset: UInt64) -> String {
        offset == 0 ? "0" : "+" + DurationText.format(offset)
    }

    private static func mark(_ step: Journey.Step) -> StyledText {
        if step.isError { return StyledText("✗", .error) }
        return switch step.kind {
        case .resumption: StyledText("▶", .warning)
        case .request: StyledText("●", .good)
        case .duplicate, .replayed: StyledText("·", .muted)
        case .call, .retry, .sent, .processed, .failedDelivery, .sagaStep, .compensation: StyledText()
        }
    }

    /// The longest wait is what the reader should see.
    private func waited(_ step: Journey.Step) -> StyledText {
        guard let waited = step.waited else { return StyledText() }
        return StyledText(DurationText.format(waited), waited > 0 && waited == longestWait ? .critical : .muted)
    }

    // MARK: - What

    private func what(_ step: Journey.Step) -> StyledText {
        switch step.kind {
        case .request, .replayed: return "\(step.operation, .strong)"
        case .call, .retry: return call(step)
        case .sent: return message(step) + " → \(step.peer ?? "?", .accent)"
        case .processed, .duplicate, .failedDelivery: return "\(step.peer ?? "?", .accent) → " + message(step)
        case .sagaStep: return "\(step.operation)" + peer(step)
        case .compensation: return undoing(step) + peer(step)
        case .resumption: return "resumes \(step.operation, .strong)"
        }
    }

    private func call(_ step: Journey.Step) -> StyledText {
        let times = step.count > 1 ? " ×\(NumberText.count(step.count))" : ""
        guard let peer = step.peer else { return StyledText(step.operation + times) }
        return "→ \(peer, .accent) \(step.operation)\(times)"
    }

    private func message(_ step: Journey.Step) -> StyledText { StyledText(step.messageType ?? step.operation) }

    private func peer(_ step: Journey.Step) -> StyledText {
        guard let peer = step.peer else { return StyledText() }
        return " → \(peer, .accent)"
    }

    /// `↩ +12.3ms charge`: the step that is undone, first by its moment in the first column, since a name may be cut.
    private func undoing(_ step: Journey.Step) -> StyledText {
        let undone = step.undoes.flatMap { byNumber[$0] }
        let moment = undone.map { Self.moment($0.offset) + " " } ?? ""
        return StyledText("↩ \(moment)", .warning) + StyledText(step.sagaStep ?? step.operation)
    }

    // MARK: - Notes

    private func notes(_ step: Journey.Step) -> [StyledText] {
        var notes = remarks(step).map { StyledText($0, .muted) }
        if let error = step.error {
            notes.insert(StyledText(error, .error), at: 0)
        } else if step.isError {
            notes.insert(StyledText("failed", .error), at: 0)
        }
        if let compensation = compensations[step.number] {
            notes.append(StyledText("undone at \(Self.moment(compensation.offset))", .warning))
        }
        return notes
    }

    private func remarks(_ step: Journey.Step) -> [String] {
        var remarks: [String] = []
        if step.kind == .duplicate { remarks.append("duplicate dropped") }
        if step.kind == .replayed { remarks.append("answer replayed") }
        if let attempt = step.attempt, attempt > 1 {
            remarks.append(step.kind.isDelivery ? "delivery \(attempt)" : "attempt \(attempt)")
        }
        if let size = step.batchSize { remarks.append("its share of a batch of \(NumberText.count(size))") }
        if step.isRelayed { remarks.append("from the outbox") }
        if step.kind == .processed, let name = step.sagaStep { remarks.append("saga step \(name)") }
        if journey.orders.count > 1, let order = step.orderID { remarks.append("order \(order)") }
        return remarks
    }
}
