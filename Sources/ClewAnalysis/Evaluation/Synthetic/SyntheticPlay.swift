import ClewModel

/// Plays requests of the synthetic shop, one trace each, and keeps what its services send.
struct SyntheticPlay: Sendable {
    let conditions: SyntheticConditions
    var fleet: SyntheticFleet
    var random: SyntheticRandom
    var traceID = TraceID.invalid
    var spans: [Span] = []
    var records: [LogRecord] = []

    init(_ conditions: SyntheticConditions, seed: UInt64) {
        self.conditions = conditions
        fleet = SyntheticFleet(conditions.injections)
        random = SyntheticRandom(seed: seed)
    }

    /// Plays as many requests, which come at any time of the window.
    mutating func play(requests: Int) {
        let window = conditions.window
        let times = (0..<requests).map { _ in UInt64.random(in: window, using: &random.generator) }
        for time in times.sorted() { request(at: time) }
    }

    private mutating func request(at time: UnixNanoseconds) {
        traceID = .random(using: &random.generator)
        var rest = random.uniform(0...100)
        for route in SyntheticTopology.routes {
            rest -= route.weight
            guard rest <= 0 else { continue }
            _ = enter(route.operation, at: time, under: nil)
            return
        }
    }

    /// Runs an operation from its entry on.
    ///
    /// Operations call one another, a few levels deep as ``SyntheticTopology`` has it, and so does this.
    mutating func enter(
        _ operation: SyntheticOperation, at arrival: UnixNanoseconds, under parent: SpanID?
    ) -> (end: UnixNanoseconds, status: Int) {
        // A process that stands still takes no requests.
        let start = conditions.end(operation.service, from: arrival, to: arrival)
        let instance = fleet.take(operation.service, at: start, using: &random)
        var run = SyntheticExecution(
            operation, instance, span: .random(using: &random.generator), start: start,
            slowness: conditions.slowness(of: instance, at: start))
        log(.info, operation.opening, run)
        perform(&run)
        if !run.isFailed, !run.isCutShort { log(.info, operation.closing, run) }
        endEntry(run, under: parent)
        return (run.now, run.status)
    }

    private mutating func perform(_ run: inout SyntheticExecution) {
        if refuses(&run) { return }
        let (failing, returning) = (failingStep(run), returningStep(run))
        for (place, step) in run.operation.steps.enumerated() {
            if place == failing { return fail(&run) }
            if place == returning {
                run.isCutShort = true
                return
            }
            play(step, &run)
            if run.isFailed { return }
        }
    }

    // MARK: - Outcomes

    /// Requests that are refused, and operations that fail, while nothing is wrong.
    private static let usualRefusals = 0.002
    private static let usualFailures = 0.001
    private static let refusal: SyntheticLine = "no worker is free for request #"
    private static let failure: SyntheticLine = "request # failed: IllegalStateException: unexpected state #"

    /// Answers 503 at once where the service has no room.
    private mutating func refuses(_ run: inout SyntheticExecution) -> Bool {
        let fault = conditions.injection(.retry, of: run.service, at: run.now)
        guard random.chance(fault?.between(0.3, 0.7) ?? Self.usualRefusals) else { return false }
        work(250, &run)
        run.status = 503
        log(.warn, Self.refusal, run)
        return true
    }

    /// The step at which the operation fails, if it does.
    private mutating func failingStep(_ run: SyntheticExecution) -> Int? {
        let count = run.operation.steps.count
        if let fault = conditions.injection(.exception, of: run.service, at: run.now),
            random.chance(fault.between(0.3, 0.9))
        {
            return Int(fault.point * Double(count))
        }
        return random.chance(Self.usualFailures) ? random.number(0...(count - 1)) : nil
    }

    /// The step before which the operation answers as if it were done, if it does.
    private mutating func returningStep(_ run: SyntheticExecution) -> Int? {
        guard let fault = conditions.injection(.earlyReturn, of: run.service, at: run.now),
            let last = run.operation.lastVisibleStep, random.chance(fault.between(0.5, 1))
        else { return nil }
        return Int(fault.point * Double(last + 1))
    }

    private mutating func fail(_ run: inout SyntheticExecution) {
        work(200, &run)
        run.status = 500
        run.events.append(
            SpanEvent(
                time: run.now, name: SemanticConventions.exceptionEvent,
                attributes: [
                    Attribute(SemanticConventions.exceptionType, "IllegalStateException"),
                    Attribute(SemanticConventions.exceptionMessage, "unexpected state"),
                ]))
        log(.error, Self.failure, run)
    }
}
