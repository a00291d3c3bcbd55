import Clew
import ClewModel
import ClewTesting
import Testing
import Tracing

@testable import ClewPatterns

private struct Broken: Error {}

@Suite("A load shedder")
struct LoadShedderTests {
    /// Runs `body` while so many critical calls are in flight.
    private func holding(
        _ count: Int, _ shedder: LoadShedder, _ body: () async throws -> Void
    ) async throws {
        guard count > 0 else { return try await body() }
        try await shedder.run(priority: .critical) { try await holding(count - 1, shedder, body) }
    }

    private func isAdmitted(_ priority: RequestPriority?, _ shedder: LoadShedder) async throws -> Bool {
        do {
            try await shedder.run(priority: priority) {}
            return true
        } catch let error as PatternError {
            #expect(error.code == .loadShed)
            return false
        }
    }

    @Test("sheds what can be shed from 60 % on, what is normal from 80 %, and what is critical when it is full")
    func shares() async throws {
        let shedder = LoadShedder(name: "gateway", capacity: 10)
        for count in 0...10 {
            try await holding(count, shedder) {
                #expect(shedder.callsInFlight == count)
                for (priority, limit) in [(RequestPriority.sheddable, 6), (.normal, 8), (.critical, 10)] {
                    let isAdmitted = try await isAdmitted(priority, shedder)
                    #expect(isAdmitted == (count < limit), "\(priority) at \(count)")
                }
            }
        }
        #expect(shedder.callsInFlight == 0)
    }

    @Test("gives back what a call returns or throws, and takes its place back")
    func results() async throws {
        let shedder = LoadShedder(name: "gateway", capacity: 1)
        #expect(try await shedder.run { shedder.callsInFlight } == 1)
        await #expect(throws: Broken.self) { try await shedder.run { throw Broken() } }
        #expect(shedder.callsInFlight == 0)
    }

    @Test("knows the priority from the context, takes one that is given before that, and else the normal one")
    func context() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "gateway"), exporter: exporter)
        let shedder = LoadShedder(name: "gateway")
        var context = ServiceContext.topLevel
        context.requestPriority = .sheddable
        func run(_ name: String, _ priority: RequestPriority?) async throws {
            let span = telemetry.tracer.startSpan(name)
            try await shedder.run(priority: priority, span: span) {}
            span.end()
        }
        try await run("none", nil)
        try await ServiceContext.withValue(context) {
            try await run("context", nil)
            try await run("given", .critical)
        }
        await telemetry.shutdown()
        let priorities = ["none", "context", "given"].map { name in
            exporter.spans(named: name).first?.attributes[SemanticConventions.requestPriority]
        }
        #expect(priorities == [.string("normal"), .string("sheddable"), .string("critical")])
    }

    @Test("counts refusals by priority, and names it in the error")
    func metrics() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "gateway"), exporter: exporter)
        let shedder = LoadShedder(name: "gateway", capacity: 10, telemetry: telemetry)
        try await holding(9, shedder) {
            for _ in 0..<2 { _ = try await isAdmitted(.sheddable, shedder) }
            let error = await #expect(throws: PatternError.self) { try await shedder.run(priority: .normal) {} }
            #expect(error?.message.contains("'gateway'") == true)
            #expect(error?.message.contains("'normal'") == true)
        }
        await telemetry.shutdown()
        let refusals = try #require(exporter.metric(SemanticConventions.patternRefusals))
        #expect(refusals.value(where: [SemanticConventions.patternReason: .string("load_shed")]) == 3)
        #expect(refusals.value(where: [SemanticConventions.requestPriority: .string("sheddable")]) == 2)
        #expect(refusals.value(where: [SemanticConventions.requestPriority: .string("normal")]) == 1)
    }

    @Test("gives a priority that is not listed the share of the next lower one")
    func unlisted() {
        let shedder = LoadShedder(name: "gateway", capacity: 100)
        let levels = [-1, 0, 99, 100, 150, 200, Int.max]
        #expect(levels.map { shedder.limit(of: RequestPriority("own", level: $0)) } == [60, 60, 60, 80, 80, 100, 100])
    }

    @Test("never gives the smaller share to what matters more")
    func ascending() {
        let shares: [RequestPriority: Double] = [.sheddable: 0.7, .normal: 0.5, .critical: .nan]
        let shedder = LoadShedder(name: "gateway", capacity: 100, shares: shares)
        #expect([.sheddable, .normal, .critical].map { shedder.limit(of: $0) } == [70, 70, 70])
    }

    @Test(
        "takes shares of any size",
        arguments: [(0, 0), (-1, 0), (.nan, 0), (0.001, 1), (0.07, 7), (0.29, 29), (1, 100), (.infinity, 100)]
            as [(Double, Int)])
    func oddShares(share: Double, limit: Int) {
        let shedder = LoadShedder(name: "gateway", capacity: 100, shares: [.normal: share])
        #expect(shedder.limit(of: .normal) == limit)
    }

    @Test("takes capacities of any size", arguments: [(Int.min, 1), (0, 1), (1, 1), (Int.max, Int.max)])
    func oddCapacities(capacity: Int, limit: Int) {
        let shedder = LoadShedder(name: "gateway", capacity: capacity)
        #expect(shedder.limit(of: .critical) == limit)
        #expect(shedder.limit(of: .sheddable) >= 1)
        #expect(LoadShedder(name: "gateway", capacity: capacity, shares: [:]).limit(of: .sheddable) == limit)
    }

    @Test("orders priorities by level, and by name where levels are equal")
    func ordering() {
        #expect(RequestPriority.sheddable < .normal && .normal < RequestPriority.critical)
        #expect(RequestPriority("a", level: 1) < RequestPriority("b", level: 1))
        #expect(RequestPriority("b", level: 1) < RequestPriority("a", level: 2))
    }
}
