import ClewModel

extension SyntheticPlay {
    /// Repetitions of a call that was refused.
    private static let maximumRepetitions = 2

    /// Calls other services, all at once, and goes on when the last has answered.
    mutating func call(_ callees: [SyntheticOperation], _ run: inout SyntheticExecution) {
        let fault = conditions.injection(.fanOut, of: run.service, at: run.now)
        let width = fault.map { Int($0.between(4, 14)) } ?? 1
        let begin = run
        for callee in callees {
            for _ in 0..<width {
                var branch = begin
                callPatiently(callee, &branch)
                run.now = max(run.now, branch.now)
                run.status = max(run.status, branch.status)
            }
        }
    }

    /// Calls a service, and calls again while it refuses.
    private mutating func callPatiently(_ callee: SyntheticOperation, _ run: inout SyntheticExecution) {
        for attempt in 0...Self.maximumRepetitions {
            let status = callOnce(callee, attempt, &run)
            if status == 503, attempt < Self.maximumRepetitions {
                log(.warn, SyntheticLine("call # of \(callee.service.rawValue) was refused; trying again"), run)
                // Longer each time, and never the same.
                spend(random.uniform(10e6...30e6) * Double(attempt + 1), &run)
                continue
            }
            guard status >= 500 else { return }
            log(.error, SyntheticLine("\(callee.callName) of \(callee.service.rawValue) failed with \(status)"), run)
            run.status = 502
            return
        }
    }

    private mutating func callOnce(
        _ callee: SyntheticOperation, _ attempt: Int, _ run: inout SyntheticExecution
    ) -> Int {
        let start = run.now
        let id = SpanID.random(using: &random.generator)
        let answer = enter(callee, at: start + way(from: run, to: callee.service), under: id)
        let arrival = answer.end + way(from: run, to: callee.service)
        run.now = conditions.end(run.service, from: arrival, to: arrival)
        var attributes = callee.callAttributes
        attributes.append(Attribute(SemanticConventions.httpResponseStatusCode, .int(Int64(answer.status))))
        if attempt > 0 {
            attributes.append(Attribute(SemanticConventions.httpRequestResendCount, .int(Int64(attempt))))
        }
        span(
            callee.callName, .client, from: start, attributes: attributes, isError: answer.status >= 500, id: id, run)
        return answer.status
    }

    /// Nanoseconds that a message between two services is on its way.
    private mutating func way(from run: SyntheticExecution, to callee: SyntheticService) -> UInt64 {
        var time = random.logNormal(220e3, sigma: 0.5)
        if let fault = conditions.injection(.network, of: callee, at: run.now) { time += delay(fault) / 2 }
        return UInt64(time + outgoingDelay(run) / 2)
    }
}
