/// The state machine of one saga: no clock, no database, no telemetry, no names.
///
/// Steps are executed in order. The first that is refused, or fails at every attempt, turns the saga round: what was
/// done, and what may have been done, is compensated in reverse order. A compensation that does not succeed parks the
/// saga.
///
/// A step *may have been done* when an attempt at it failed or was interrupted: the answer may have been lost after the
/// work was done. One whose only attempt was refused was not.
///
/// All that it knows is in its ``Position``, which is stored before each call: whoever reads that goes on as this one
/// would have.
///
/// Source: H. Garcia-Molina, K. Salem, "Sagas" (SIGMOD 1987), backward recovery.
struct SagaMachine: Hashable, Sendable {
    enum Action: String, CaseIterable, Hashable, Sendable {
        case execute
        case compensate
    }

    enum Next: Hashable, Sendable {
        case call(Action, step: Int, attempt: Int)
        /// Nothing is left to call, and the end is to be recorded.
        case end(SagaEnding)
        case ended(SagaEnding)
    }

    enum Outcome: Hashable, Sendable {
        case succeeded
        /// Another attempt would be answered alike. Of an execution: nothing was done.
        case refused(String)
        /// Whether anything was done is not known.
        case failed(String)
    }

    private let plan: Plan
    private(set) var position: Position

    /// One that begins.
    init(_ plan: Plan) {
        self.plan = plan
        position = Position()
    }

    /// One that was stored; `nil` where the position is none of the plan's.
    init?(_ plan: Plan, at position: Position) {
        guard position.isValid(steps: plan.compensable.count) else { return nil }
        self.plan = plan
        self.position = position
    }

    var next: Next {
        let (step, attempt) = (position.step, position.attempt)
        switch position.phase {
        case .executing:
            return step < plan.compensable.count ? .call(.execute, step: step, attempt: attempt) : .end(.completed)
        case .compensating where step < 0: return .end(.compensated)
        case .compensating where attempt > plan.compensations: return .end(.parked)
        case .compensating: return .call(.compensate, step: step, attempt: attempt)
        case .completed: return .ended(.completed)
        case .compensated: return .ended(.compensated)
        case .parked: return .ended(.parked)
        }
    }

    /// Why the saga was turned round, or, of a parked one, why it could not be.
    var reason: String? { position.phase == .parked ? position.obstacle : position.reason }

    /// The next attempt, if there is one, begins. One that was under way and never reported counts as interrupted.
    ///
    /// - Parameter isExpired: Whether no step is to be executed any more.
    mutating func begin(isExpired: Bool = false) {
        if position.isUnderWay {
            position.isUnderWay = false
            position.attempt += 1
            if case .end(.parked) = next { position.obstacle = position.obstacle ?? "the last attempt was interrupted" }
        }
        if case .call(.execute, _, let attempt) = next {
            if attempt > plan.executions {
                turnRound("the last attempt was interrupted")
            } else if isExpired {
                turnRound("the time of the saga is over")
            }
        }
        if case .call = next { position.isUnderWay = true }
    }

    /// The attempt that is under way ended.
    ///
    /// - Returns: Which repetition it is that follows, from 1, as it has to wait; `nil` where something else follows.
    mutating func report(_ outcome: Outcome) -> Int? {
        guard position.isUnderWay, case .call(let action, let step, _) = next else { return nil }
        position.isUnderWay = false
        switch (action, outcome) {
        case (.execute, .succeeded): position.move(to: step + 1)
        case (.execute, .refused(let reason)): turnRound(reason)
        case (.execute, .failed(let reason)): return repeatExecution(reason)
        case (.compensate, .succeeded): position.move(to: compensable(from: step - 1))
        case (.compensate, .refused(let reason)):
            position.obstacle = reason
            position.attempt = plan.compensations + 1
        case (.compensate, .failed(let reason)): return repeatCompensation(reason)
        }
        return nil
    }

    /// The end is recorded.
    mutating func end() {
        guard case .end(let ending) = next else { return }
        switch ending {
        case .completed: position.phase = .completed
        case .compensated: position.phase = .compensated
        case .parked: position.phase = .parked
        }
    }

    /// The compensation that parked the saga may be tried again, as often as at first.
    ///
    /// - Returns: Whether the saga was parked.
    mutating func unpark() -> Bool {
        guard position.phase == .parked else { return false }
        position.phase = .compensating
        position.move(to: position.step)
        return true
    }

    private mutating func repeatExecution(_ reason: String) -> Int? {
        position.attempt += 1
        guard position.attempt > plan.executions else { return position.attempt - 1 }
        turnRound(reason)
        return nil
    }

    private mutating func repeatCompensation(_ reason: String) -> Int? {
        position.obstacle = reason
        position.attempt += 1
        return position.attempt > plan.compensations ? nil : position.attempt - 1
    }

    /// A later attempt than the first says that an earlier one may have done something.
    private mutating func turnRound(_ reason: String) {
        let last = position.attempt > 1 ? position.step : position.step - 1
        position.phase = .compensating
        position.reason = reason
        position.move(to: compensable(from: last))
    }

    /// The nearest step with a compensation, backwards from this one; -1 where there is none.
    private func compensable(from step: Int) -> Int {
        plan.compensable.prefix(step + 1).lastIndex(of: true) ?? -1
    }
}

extension SagaMachine {
    /// What a definition says of its steps.
    struct Plan: Hashable, Sendable {
        /// Of each step, whether it has a compensation; one that has none is passed over.
        let compensable: [Bool]
        /// The first attempt at a step and its repetitions together.
        let executions: Int
        let compensations: Int

        /// Less than one attempt counts as one.
        init(compensable: [Bool], executions: Int, compensations: Int) {
            self.compensable = compensable
            self.executions = min(max(executions, 1), Position.maximumAttempt)
            self.compensations = min(max(compensations, 1), Position.maximumAttempt)
        }
    }

    /// Where a saga stands: what is stored of it, beside the program's own state.
    struct Position: Hashable, Sendable {
        enum Phase: String, CaseIterable, Hashable, Sendable {
            case executing
            case compensating
            case completed
            case compensated
            case parked
        }

        /// More than anyone waits for, and far from where counting would overflow.
        static let maximumAttempt = 1_000_000

        var phase = Phase.executing
        /// The step whose turn it is. When all are executed it is their number, when all are compensated -1.
        var step = 0
        /// The number of the attempt that is under way or follows, from 1.
        var attempt = 1
        /// Whether the attempt began: where this was stored, it may have done its work or not.
        var isUnderWay = false
        /// Why the saga was turned round.
        var reason: String?
        /// Why the last attempt at the compensation failed.
        var obstacle: String?

        fileprivate mutating func move(to step: Int) {
            self.step = step
            attempt = 1
            obstacle = nil
        }

        fileprivate func isValid(steps: Int) -> Bool {
            let isOnWay =
                switch phase {
                case .executing: (0...steps).contains(step)
                case .compensating: (-1..<steps).contains(step)
                case .completed: step == steps
                case .compensated: step == -1
                case .parked: (0..<steps).contains(step)
                }
            return isOnWay && (1...Self.maximumAttempt + 1).contains(attempt)
        }
    }
}
