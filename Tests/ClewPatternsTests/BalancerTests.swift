import Clew
import ClewModel
import ClewTesting
import Synchronization
import Testing
import Tracing

@testable import ClewPatterns

private struct Broken: Error {}

private let second: UInt64 = 1_000_000_000

private func seeded(_ seed: UInt64) -> @Sendable () -> Double {
    let generator = SeededNumbers(seed)
    return { generator.next() }
}

private final class SeededNumbers: Sendable {
    private let generator: Mutex<SplitMix64>

    init(_ seed: UInt64) {
        generator = Mutex(SplitMix64(seed: seed))
    }

    func next() -> Double { generator.withLock { .random(in: 0..<1, using: &$0) } }
}

@Suite("A balancer")
struct BalancerTests {
    private let clock = ManualClock()

    private func balancer(
        _ endpoints: [String], seed: UInt64 = 1, telemetry: Telemetry? = nil,
        _ adjust: (inout BalancerSettings) -> Void = { _ in }
    ) -> Balancer<String> {
        var settings = BalancerSettings()
        adjust(&settings)
        return Balancer(
            name: "inventory", endpoints: endpoints, settings: settings, clock: clock.clock, telemetry: telemetry,
            random: seeded(seed))
    }

    /// Makes calls of which those to some endpoints fail, and counts the calls of each.
    @discardableResult
    private func call(
        _ balancer: Balancer<String>, _ count: Int, failing: Set<String> = []
    ) async -> [String: Int] {
        var counts: [String: Int] = [:]
        for _ in 0..<count {
            try? await balancer.run { endpoint in
                counts[endpoint, default: 0] += 1
                if failing.contains(endpoint) { throw Broken() }
            }
        }
        return counts
    }

    /// Ejects one endpoint: excluding the others leaves only it.
    private func eject(_ endpoint: String, of balancer: Balancer<String>, failures: Int = 5) async {
        let others = Set(balancer.endpoints).subtracting([endpoint])
        for _ in 0..<failures {
            await #expect(throws: Broken.self) {
                try await balancer.run(excluding: others) { called in
                    #expect(called == endpoint)
                    throw Broken()
                }
            }
        }
    }

    @Test("spreads calls evenly over equal endpoints", arguments: [1, 2, 3] as [UInt64])
    func even(seed: UInt64) async {
        let counts = await call(balancer(["a", "b", "c", "d"], seed: seed), 4000)
        #expect(counts.count == 4)
        // Five standard deviations of a binomial distribution.
        #expect(counts.values.allSatisfy { abs($0 - 1000) < 140 }, "\(counts)")
    }

    @Test("prefers the less loaded of two")
    func lessLoaded() async throws {
        let balancer = balancer(["a", "b"])
        try await balancer.run { busy in
            for _ in 0..<20 { try await balancer.run { idle in #expect(idle != busy) } }
        }
        #expect(balancer.callsInFlight("a") == 0 && balancer.callsInFlight("b") == 0)
    }

    @Test("ejects an endpoint that fails five times in a row, until its time is over")
    func ejection() async {
        let balancer = balancer(["a", "b", "c"])
        await eject("a", of: balancer, failures: 4)
        #expect(balancer.ejected.isEmpty)
        await eject("a", of: balancer, failures: 1)
        #expect(balancer.ejected == ["a"])
        clock.advance(by: .seconds(10) - .nanoseconds(1))
        #expect(await call(balancer, 100)["a"] == nil)
        clock.advance(by: .nanoseconds(1))
        let calls = await call(balancer, 100)["a"] ?? 0
        #expect(calls > 10)
    }

    @Test("ejects for longer each time in a row up to the limit, and anew after one success")
    func growingEjection() async throws {
        let balancer = balancer(["a", "b"]) { $0.maximumEjectionTime = .seconds(25) }
        for seconds in [10, 20, 25, 25] {
            await eject("a", of: balancer)
            clock.advance(by: .seconds(seconds) - .nanoseconds(1))
            #expect(await call(balancer, 20) == ["b": 20])
            clock.advance(by: .nanoseconds(1))
        }
        try await balancer.run(excluding: ["b"]) { #expect($0 == "a") }
        await eject("a", of: balancer)
        clock.advance(by: .seconds(10))
        try await balancer.run(excluding: ["b"]) { #expect($0 == "a") }
    }

    @Test("a success between failures keeps an endpoint in use")
    func interrupted() async throws {
        let balancer = balancer(["a", "b"])
        for _ in 0..<5 {
            await eject("a", of: balancer, failures: 4)
            try await balancer.run(excluding: ["b"]) { _ in }
        }
        #expect(balancer.ejected.isEmpty)
    }

    @Test(
        "never ejects more than its share, even where all fail",
        arguments: [(1, 0.5, 0), (2, 0.5, 1), (3, 0.5, 1), (10, 0.3, 3), (100, 0.29, 29), (4, 0, 0), (4, .nan, 2)])
    func share(count: Int, share: Double, expected: Int) async {
        let names = (0..<count).map(String.init)
        let balancer = balancer(names) { $0.maximumEjected = share }
        var most = 0
        for _ in 0..<(count * 20) {
            await call(balancer, 1, failing: Set(names))
            most = max(most, balancer.ejected.count)
        }
        #expect(most == expected)
    }

    @Test("calls all endpoints where all are ejected, and a success brings one back")
    func panic() async throws {
        let balancer = balancer(["a", "b"]) { $0.maximumEjected = 1 }
        await eject("a", of: balancer)
        // One of two is not less than half: no panic yet.
        #expect(await call(balancer, 20) == ["b": 20])
        await eject("b", of: balancer)
        #expect(balancer.ejected == ["a", "b"])
        let counts = await call(balancer, 40, failing: ["a", "b"])
        #expect(counts.count == 2)
        try await balancer.run(excluding: ["a"]) { #expect($0 == "b") }
        #expect(balancer.ejected == ["a"])
    }

    @Test("calls all endpoints where too few are left for the load of all")
    func panicShare() async {
        let balancer = balancer(["a", "b", "c"]) { $0.maximumEjected = 0.7 }
        await eject("a", of: balancer)
        #expect(await call(balancer, 30).keys.sorted() == ["b", "c"])
        await eject("b", of: balancer)
        #expect(await call(balancer, 60, failing: ["a", "b"]).keys.sorted() == ["a", "b", "c"])
    }

    @Test("a retry goes elsewhere, if there is another")
    func elsewhere() async throws {
        let balancer = balancer(["a", "b", "c"])
        for _ in 0..<30 {
            var tried: Set<String> = []
            for _ in 0..<3 {
                try await balancer.run(excluding: tried) { #expect(tried.insert($0).inserted) }
            }
            try await balancer.run(excluding: tried) { #expect(tried.contains($0)) }
        }
    }

    @Test("neither a cancelled call nor an error that is no failure counts as a failure")
    func noFailure() async {
        let balancer = balancer(["a", "b"]) { $0.consecutiveFailures = 2 }
        for _ in 0..<10 {
            await #expect(throws: CancellationError.self) { try await balancer.run { _ in throw CancellationError() } }
            await #expect(throws: Broken.self) {
                try await balancer.run(isFailure: { !($0 is Broken) }) { _ in throw Broken() }
            }
        }
        #expect(balancer.ejected.isEmpty)
    }

    @Test("a cancelled call does not clear failures either")
    func cancelledAmongFailures() async {
        let balancer = balancer(["a", "b"])
        await eject("a", of: balancer, failures: 4)
        await #expect(throws: CancellationError.self) {
            try await balancer.run(excluding: ["b"]) { _ in throw CancellationError() }
        }
        await eject("a", of: balancer, failures: 1)
        #expect(balancer.ejected == ["a"])
    }

    @Test("refuses without endpoints, and calls as soon as there is one")
    func empty() async throws {
        let balancer = balancer([])
        let error = await #expect(throws: PatternError.self) { try await balancer.run { _ in } }
        #expect(error?.code == .noEndpoint)
        #expect(error?.message.contains("'inventory'") == true)
        balancer.update(["a"])
        #expect(try await balancer.run { $0 } == "a")
    }

    @Test("keeps what it knows of endpoints that stay, while calls run")
    func updates() async throws {
        let balancer = balancer(["a", "b"])
        await eject("a", of: balancer)
        try await balancer.run { endpoint in
            #expect(endpoint == "b")
            balancer.update(["c", "b", "a"])
            #expect(balancer.ejected == ["a"])
            #expect(balancer.callsInFlight("b") == 1)
            balancer.update(["c"])
            balancer.update(["b", "c"])
            #expect(balancer.callsInFlight("b") == 0)
        }
        #expect(balancer.callsInFlight("b") == 0)
        #expect(balancer.ejected.isEmpty)
    }

    @Test("brings ejected endpoints back where fewer may be ejected, the nearest to its end first")
    func shrinking() async {
        let balancer = balancer(["a", "b", "c", "d"])
        await eject("a", of: balancer)
        clock.advance(by: .seconds(1))
        await eject("b", of: balancer)
        balancer.update(["a", "b", "c"])
        #expect(balancer.ejected == ["b"])
        balancer.update(["b"])
        #expect(balancer.ejected.isEmpty)
    }

    @Test("leaves out endpoints beyond the limit, and counts equal ones once")
    func limit() {
        #expect(balancer(["a", "a", "b", "c"]) { $0.maximumEndpoints = 2 }.endpoints == ["a", "b"])
        #expect(balancer(["a", "b"]) { $0.maximumEndpoints = -1 }.endpoints == ["a"])
        #expect(balancer((0..<1200).map(String.init)).endpoints.count == 1000)
    }

    @Test("survives settings and random numbers of any kind", arguments: [-Double.infinity, -1, 1, .infinity, .nan])
    func odd(number: Double) async throws {
        var settings = BalancerSettings()
        settings.consecutiveFailures = .min
        settings.ejectionTime = .seconds(number > 0 ? Int64.max : Int64.min)
        settings.maximumEjected = number
        settings.panicShare = number
        let balancer = Balancer(
            name: "inventory", endpoints: [1, 2, 3], settings: settings, clock: clock.clock, random: { number })
        for _ in 0..<10 {
            await #expect(throws: Broken.self) { try await balancer.run { _ in throw Broken() } }
            clock.advance(by: .seconds(1))
        }
        let endpoint = try await balancer.run { $0 }
        #expect((1...3).contains(endpoint))
    }

    @Test("has no call in flight after a thousand at once, while its endpoints change")
    func concurrent() async {
        let names = (0..<8).map(String.init)
        let balancer = balancer(names)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<1000 {
                group.addTask {
                    if index % 50 == 0 { balancer.update(names.filter { $0 != names[index / 50 % 8] }) }
                    try? await balancer.run { endpoint in
                        await Task.yield()
                        if endpoint == "3" { throw Broken() }
                    }
                }
            }
        }
        #expect(names.allSatisfy { balancer.callsInFlight($0) == 0 })
        #expect(balancer.ejected.isSubset(of: ["3"]))
    }

    @Test("names the endpoint on the span, counts refusals, and tells how many endpoints are in use")
    func telemetry() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        let addressed = Balancer(
            name: "payments", endpoints: [HostAndPort(host: "10.0.0.7", port: 8080)], telemetry: telemetry)
        let span = telemetry.tracer.startSpan("call")
        try await addressed.run(span: span) { _ in }
        span.end()
        let balancer = balancer(["a", "b", "c"], telemetry: telemetry)
        await eject("a", of: balancer)
        let empty = self.balancer([], telemetry: telemetry)
        await #expect(throws: PatternError.self) { try await empty.run { _ in } }
        balancer.update(["a", "b", "c", "d"])
        await telemetry.shutdown()
        let call = try #require(exporter.spans(named: "call").first)
        #expect(call.attributes[SemanticConventions.serverAddress] == .string("10.0.0.7"))
        #expect(call.attributes[SemanticConventions.serverPort] == .int(8080))
        let name = [SemanticConventions.patternName: AttributeValue.string("inventory")]
        #expect(exporter.metric(SemanticConventions.balancerHealthy)?.value(where: name) == 3)
        let reason = [SemanticConventions.patternReason: AttributeValue.string("no_endpoint")]
        #expect(exporter.metric(SemanticConventions.patternRefusals)?.value(where: reason) == 1)
    }
}

@Suite("The state machine of a balancer")
struct BalancerStateTests {
    @Test("keeps to its model in every sequence of five events", arguments: [2, 4])
    func everySequence(quarters: Int) {
        var violations: [String] = []
        explore(BalancerModel(quarters: quarters, failures: 1, endpoints: [0, 1]), depth: 5, &violations)
        #expect(violations.isEmpty, "\(violations.prefix(3))")
    }

    private func explore(_ model: BalancerModel, depth: Int, _ violations: inout [String]) {
        violations += model.violations
        guard depth > 0, violations.isEmpty else { return }
        let ends = model.running.indices.prefix(2).flatMap { index in
            BalancerState<Int>.Outcome.allCases.map { BalancerModel.Event.report(index, $0) }
        }
        let others: [BalancerModel.Event] = [
            .acquire(0, 0, []), .acquire(0, 0, [0]), .update([0]), .update([1, 0]), .advance(10 * second),
        ]
        for event in others + ends {
            var next = model
            next.apply(event)
            explore(next, depth: depth - 1, &violations)
        }
    }

    @Test("keeps to its model in long random sequences", arguments: [2, 3, 4], [1, 2, 3] as [UInt64])
    func randomSequences(quarters: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var model = BalancerModel(quarters: quarters, failures: 3, endpoints: Array(0..<6))
        for _ in 0..<5000 { model.apply(Self.event(model, &random)) }
        #expect(model.violations.isEmpty, "\(model.violations.prefix(3))")
        #expect(model.ejections > 20)
    }

    private static func event(_ model: BalancerModel, _ random: inout SplitMix64) -> BalancerModel.Event {
        switch Int.random(in: 0..<100, using: &random) {
        case 0: return .update((0..<8).shuffled(using: &random).dropLast(Int.random(in: 0...8, using: &random)))
        case 1..<4: return .advance(.random(in: 0...(20 * second), using: &random))
        case 4..<52 where !model.running.isEmpty:
            let outcomes: [BalancerState<Int>.Outcome] = [.failed, .failed, .failed, .succeeded, .released]
            return .report(
                model.running.indices.randomElement(using: &random) ?? 0,
                outcomes.randomElement(using: &random) ?? .failed)
        default:
            let excluded = Bool.random(using: &random) ? [] : Set((0..<8).filter { _ in Bool.random(using: &random) })
            return .acquire(.random(in: 0..<1, using: &random), .random(in: 0..<1, using: &random), excluded)
        }
    }
}

/// What a balancer should do, as plainly as it can be said, beside one that does it.
private struct BalancerModel {
    enum Event {
        case acquire(Double, Double, Set<Int>)
        case report(Int, BalancerState<Int>.Outcome)
        case update([Int])
        case advance(UInt64)
    }

    private struct Known {
        var birth: Int
        var inFlight = 0
        var failures = 0
        var ejectionsInRow: UInt64 = 0
        var ejections = 0
        var end: UInt64?
    }

    struct Call {
        var ticket: BalancerState<Int>.Ticket
        var birth: Int
        var ejections: Int
    }

    private var state: BalancerState<Int>
    private let quarters: Int
    private let failures: Int
    private var known: [Int: Known] = [:]
    private var births = 0
    private var now: UInt64 = 0
    private(set) var running: [Call] = []
    private(set) var ejections = 0
    private(set) var violations: [String] = []

    /// - Parameter quarters: Four times the share that may be ejected.
    init(quarters: Int, failures: Int, endpoints: [Int]) {
        var settings = BalancerSettings()
        settings.maximumEjected = Double(quarters) / 4
        settings.consecutiveFailures = failures
        self.quarters = quarters
        self.failures = failures
        state = BalancerState(settings)
        apply(.update(endpoints))
    }

    private var ejected: [Int] { known.keys.filter { known[$0]?.end != nil } }

    mutating func apply(_ event: Event) {
        if case .advance(let step) = event {
            now += step
            return
        }
        for (name, one) in known { if let end = one.end, end <= now { known[name]?.end = nil } }
        switch event {
        case .acquire(let first, let second, let excluded): acquire(first, second, excluded)
        case .report(let index, let outcome): report(running.remove(at: index), outcome)
        case .update(let names): update(names)
        case .advance: break
        }
        check()
    }

    private mutating func acquire(_ first: Double, _ second: Double, _ excluded: Set<Int>) {
        let healthy = known.keys.filter { known[$0]?.end == nil }
        let isPanic = healthy.isEmpty || 2 * healthy.count < known.count
        let usable = isPanic ? Array(known.keys) : healthy
        let preferred = usable.filter { !excluded.contains($0) }
        let candidates = preferred.isEmpty ? usable : preferred
        guard let ticket = state.acquire(excluding: excluded, first, second, at: now) else {
            expect(known.isEmpty, "called none although there are some")
            return
        }
        let name = ticket.endpoint
        guard candidates.contains(name), let one = known[name] else {
            violations.append("called one that may not be called")
            return
        }
        let atLeastAsLoaded = candidates.filter { $0 != name && (known[$0]?.inFlight ?? 0) >= one.inFlight }
        expect(candidates.count == 1 || !atLeastAsLoaded.isEmpty, "called the one with the most calls of all")
        known[name]?.inFlight += 1
        running.append(Call(ticket: ticket, birth: one.birth, ejections: one.ejections))
    }

    private mutating func report(_ call: Call, _ outcome: BalancerState<Int>.Outcome) {
        state.report(outcome, of: call.ticket, at: now)
        let name = call.ticket.endpoint
        guard var one = known[name], one.birth == call.birth else { return }
        one.inFlight -= 1
        if one.ejections == call.ejections {
            if outcome == .succeeded { (one.failures, one.ejectionsInRow, one.end) = (0, 0, nil) }
            if outcome == .failed, one.end == nil { fail(&one) }
        }
        known[name] = one
    }

    private mutating func fail(_ one: inout Known) {
        one.failures += 1
        guard one.failures >= failures, 4 * (ejected.count + 1) <= quarters * known.count else { return }
        one.failures = 0
        one.ejections += 1
        one.ejectionsInRow += 1
        one.end = now + min(10 * one.ejectionsInRow, 300) * second
        ejections += 1
    }

    private mutating func update(_ names: [Int]) {
        state.update(names, at: now)
        known = known.filter { names.contains($0.key) }
        for name in names where known[name] == nil {
            births += 1
            known[name] = Known(birth: births)
        }
        while 4 * ejected.count > quarters * known.count {
            // Of equal ends the one that is listed first.
            let next = names.filter { known[$0]?.end != nil }.min { (known[$0]?.end ?? 0) < (known[$1]?.end ?? 0) }
            if let next { known[next]?.end = nil }
        }
    }

    private mutating func check() {
        expect(state.ejected == Set(ejected), "others are ejected")
        expect(4 * ejected.count <= quarters * known.count, "more than the share is ejected")
        expect(state.healthy == known.count - ejected.count, "another number is healthy")
        expect(Set(state.endpoints) == Set(known.keys), "other endpoints are used")
        expect(known.allSatisfy { state.inFlight($0.key) == $0.value.inFlight }, "other calls are in flight")
    }

    private mutating func expect(_ condition: Bool, _ text: String) {
        if !condition { violations.append(text) }
    }
}
