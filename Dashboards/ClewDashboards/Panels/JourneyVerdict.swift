import ClewAnalysis
import ClewModel

/// A journey in sentences: what became of it, how long it took, how much of that was waiting, and why.
struct JourneyVerdict {
    private let journey: Journey

    init(_ journey: Journey) {
        self.journey = journey
    }

    /// `Order o-17 was refused in 1.20s, 840ms of it waiting: reserve failed (out of stock); charge was undone.`
    var sentence: StyledText {
        let reason = reason
        let answer = subject + " " + predicate + time
        return reason.isEmpty ? answer + "." : answer + ": " + reason + "."
    }

    private var subject: StyledText {
        switch journey.orders.count {
        case 0:
            let request = journey.steps.first { $0.kind == .request } ?? journey.steps.first
            return StyledText(request?.operation ?? "The request", .strong)
        case 1: return "Order \(journey.orders[0].id, .strong)"
        default:
            let list = journey.orders.prefix(3).map { order in
                StyledText(order.id, .strong) + StyledText(order.state.map { " \($0)" } ?? "")
            }
            let rest: StyledText = journey.orders.count > 3 ? ", …)" : ")"
            let all: StyledText = "A journey of \(NumberText.count(journey.orders.count), .strong) orders ("
            return all + list.joined(separator: ", ") + rest
        }
    }

    private var predicate: StyledText {
        let state = journey.orders.count == 1 ? journey.orders[0].state : nil
        switch journey.outcome {
        case .completed:
            guard let state else { return StyledText("completed", .good) }
            return "was \(state, .good)"
        case .compensated: return "was \(state ?? "refused", .warning) and \("undone", .warning)"
        case .refused: return "was \(state ?? "refused", .warning)"
        case .failed: return StyledText("failed", .error)
        case .parked: return "is \("parked", .error)"
        case .pending: return "is \("not finished", .warning)"
        }
    }

    private var time: StyledText {
        let preposition =
            switch journey.outcome {
            case .completed, .compensated, .refused: "in"
            case .failed, .parked, .pending: "after"
            }
        let elapsed: StyledText = " \(preposition) \(DurationText.format(journey.totals.elapsed), .strong)"
        guard journey.totals.waiting > 0 else { return elapsed + ", without waiting" }
        return elapsed + ", \(DurationText.format(journey.totals.waiting), .strong) of it waiting"
    }

    // MARK: - Why

    /// What went wrong, and what was done about it; empty where nothing did.
    private var reason: StyledText {
        guard journey.outcome != .completed else { return StyledText() }
        return (failures + consequences).joined(separator: "; ")
    }

    private var failedSaga: Journey.Saga? { journey.sagas.last { $0.failedStep != nil } }

    private var failures: [StyledText] {
        if let saga = failedSaga { return [Self.failure(saga.failedStep ?? "", saga.failure)] }
        guard journey.outcome == .failed, let step = journey.steps.last(where: { $0.isError }) else { return [] }
        return [Self.failure(step.operation, step.error)]
    }

    private var consequences: [StyledText] {
        switch journey.outcome {
        case .completed, .failed: return []
        case .refused: return failedSaga == nil ? [] : ["nothing had to be undone"]
        case .compensated: return [Self.undone(journey.sagas.last?.undone ?? [])]
        case .parked: return [Self.undone(failedSaga?.undone ?? []), "somebody has to repair it"]
        case .pending:
            guard let saga = journey.sagas.last(where: { $0.state == .running }) else { return [] }
            let step = saga.lastStep.map { " got to \($0) and" } ?? ""
            return ["saga \(saga.name, .accent)\(step) shows nothing since \(TimeText.second(saga.end)) UTC"]
        }
    }

    private static func failure(_ step: String, _ error: String?) -> StyledText {
        StyledText(step, .strong) + " failed" + StyledText(error.map { " (\($0))" } ?? "")
    }

    /// Beyond, steps that were undone are counted.
    private static let stepLimit = 8

    private static func undone(_ steps: [String]) -> StyledText {
        guard !steps.isEmpty else { return "nothing was undone" }
        var names = steps.prefix(stepLimit).map { StyledText($0, .strong) }
        if steps.count > stepLimit { names.append("\(NumberText.count(steps.count - stepLimit)) more") }
        return names.joined(separator: ", ") + (steps.count == 1 ? " was undone" : " were undone")
    }

    /// `saga checkout o-17: compensated in 1.20s, 2 runs`.
    static func saga(_ saga: Journey.Saga) -> StyledText {
        let style: TextStyle =
            switch saga.state {
            case .completed: .good
            case .compensated, .running: .warning
            case .parked: .error
            }
        let duration = DurationText.format(saga.duration)
        let time =
            switch saga.state {
            case .completed, .compensated: "in \(duration)"
            case .parked: "after \(duration)"
            case .running: "for \(duration) so far"
            }
        let runs = saga.runs > 1 ? ", \(NumberText.counted(saga.runs, "run"))" : ""
        return "saga \(saga.name, .accent) \(saga.id, .accent): \(saga.state.rawValue, style) \(time)\(runs)"
    }
}
