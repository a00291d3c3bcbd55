import ClewModel

extension SyntheticPlay {
    /// Deviations of the logarithm of what steps take.
    private static let workSigma = 0.35
    private static let querySigma = 0.4
    /// Steps that take several times as long as others for no reason that telemetry knows: a collection of garbage, a page
    /// that is not in memory.
    private static let slowShare = 0.015
    private static let cacheMiss: SyntheticLine = "cache has no entry #"

    mutating func play(_ step: SyntheticStep, _ run: inout SyntheticExecution) {
        switch step {
        case .work(let median): work(median, &run)
        case .task(let name, let median): task(name, median, &run)
        case .query(let query): read(query, &run)
        case .cached(let lookup, hits: let hits, let query): look(up: lookup, hits, query, &run)
        case .call(let callee): call([callee], &run)
        case .parallel(let callees): call(callees, &run)
        case .external(let host, let median): callExternal(host, median, &run)
        case .publish(let topic, let consumers): publish(topic, consumers, &run)
        }
    }

    /// - Parameter median: Microseconds, while nothing is wrong.
    mutating func work(_ median: Double, _ run: inout SyntheticExecution) {
        spend(microseconds(median, sigma: Self.workSigma) * run.slowness, &run)
    }

    private mutating func task(_ name: String, _ median: Double, _ run: inout SyntheticExecution) {
        let start = run.now
        work(median, &run)
        span(name, .internal, from: start, run)
    }

    // MARK: - Databases

    /// A query, with the wait for a connection before it and, where the service asks for items one by one, as many more.
    private mutating func read(_ query: SyntheticQuery, _ run: inout SyntheticExecution) {
        waitForPool(&run)
        ask(query, &run)
        guard !run.hasRepeated, let fault = conditions.injection(.nPlusOne, of: run.service, at: run.now)
        else { return }
        run.hasRepeated = true
        for _ in 0..<Int(fault.between(4, 16)) {
            work(40, &run)
            ask(query, &run)
        }
    }

    private mutating func waitForPool(_ run: inout SyntheticExecution) {
        guard !run.hasWaited, let fault = conditions.injection(.lock, of: run.service, at: run.now) else { return }
        run.hasWaited = true
        guard random.chance(fault.between(0.4, 0.9)) else { return }
        spend(random.logNormal(fault.between(8e6, 60e6), sigma: 0.6), &run)
    }

    private mutating func look(
        up lookup: SyntheticQuery, _ hits: Double, _ query: SyntheticQuery, _ run: inout SyntheticExecution
    ) {
        ask(lookup, &run)
        let fault = conditions.injection(.cacheMiss, of: run.service, at: run.now)
        guard !random.chance(fault?.between(0.4, 0.05) ?? hits) else { return }
        log(.info, Self.cacheMiss, run)
        read(query, &run)
    }

    private mutating func ask(_ query: SyntheticQuery, _ run: inout SyntheticExecution) {
        let start = run.now
        var time = microseconds(query.median, sigma: Self.querySigma)
        if !query.isCache, let fault = conditions.injection(.database, of: run.service, at: start) {
            time *= fault.between(3, 12)
        }
        spend(time + outgoingDelay(run), &run)
        span(query.name, .client, from: start, attributes: query.attributes, run)
    }

    // MARK: - Everything else

    private mutating func callExternal(_ host: String, _ median: Double, _ run: inout SyntheticExecution) {
        let start = run.now
        spend(microseconds(median, sigma: Self.querySigma) + outgoingDelay(run), &run)
        let attributes = [
            Attribute(SemanticConventions.httpRequestMethod, "POST"),
            Attribute(SemanticConventions.serverAddress, .string(host)),
            Attribute(SemanticConventions.httpResponseStatusCode, 200),
        ]
        span("POST", .client, from: start, attributes: attributes, run)
    }

    /// Sends a message; those who hear it begin some time later, and nobody waits for them.
    private mutating func publish(
        _ topic: String, _ consumers: [SyntheticOperation], _ run: inout SyntheticExecution
    ) {
        let start = run.now
        spend(microseconds(1200, sigma: Self.querySigma) + outgoingDelay(run), &run)
        let id = span(
            "send \(topic)", .producer, from: start, attributes: SyntheticOperation.messaging(topic, "send"), run)
        for consumer in consumers {
            let delay = UInt64(random.logNormal(12e6, sigma: 0.7))
            _ = enter(consumer, at: run.now + delay, under: id)
        }
    }

    // MARK: - Time

    /// Lets nanoseconds pass in a service; none do while it stands still.
    mutating func spend(_ nanoseconds: Double, _ run: inout SyntheticExecution) {
        // A bound far beyond what any fault makes of a step.
        let time = UInt64(min(max(nanoseconds, 1), 600e9))
        run.now = conditions.end(run.service, from: run.now, to: run.now + time)
    }

    /// What a step of this median takes, in nanoseconds.
    private mutating func microseconds(_ median: Double, sigma: Double) -> Double {
        let time = random.logNormal(median * 1000, sigma: sigma)
        return random.chance(Self.slowShare) ? time * random.uniform(2...6) : time
    }

    /// Nanoseconds by which a slow network delays an answer to the service.
    mutating func outgoingDelay(_ run: SyntheticExecution) -> Double {
        guard let fault = conditions.injection(.network, of: run.service, at: run.now), fault.isWide else { return 0 }
        return delay(fault)
    }

    /// Nanoseconds by which a slow network delays a message and its answer together.
    mutating func delay(_ fault: SyntheticInjection) -> Double {
        random.logNormal(fault.between(4e6, 40e6), sigma: 0.3)
    }
}
