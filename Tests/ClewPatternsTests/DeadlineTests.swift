import Clew
import ClewModel
import ClewTesting
import Testing
import Tracing

@testable import ClewPatterns

@Suite("Deadline")
struct DeadlineTests {
    struct Failure: Error {}

    let manual = ManualClock()
    var clock: TelemetryClock { manual.clock }

    func expectExceeded<T>(_ result: Result<T, any Error>, _ location: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: PatternError.self, sourceLocation: location) { _ = try result.get() }
        #expect(error?.code == .deadlineExceeded, sourceLocation: location)
    }

    func context(_ limit: Duration) -> ServiceContext {
        var context = ServiceContext.topLevel
        context.deadline = Deadline(after: limit, clock: clock)
        return context
    }

    // MARK: The moment

    @Test("what is left falls with the clock and ends at zero")
    func remaining() {
        let deadline = Deadline(after: .seconds(2), clock: clock)
        #expect(deadline.remaining(clock) == .seconds(2))
        manual.advance(by: .milliseconds(1500))
        #expect(deadline.remaining(clock) == .milliseconds(500))
        manual.advance(by: .seconds(1))
        #expect(deadline.remaining(clock) == .zero)
    }

    @Test("any limit is a deadline", arguments: [Duration.seconds(-1), .seconds(Int64.min), .zero, .nanoseconds(-1)])
    func none(limit: Duration) {
        manual.advance(by: .seconds(5))
        #expect(Deadline(after: limit, clock: clock).remaining(clock) == .zero)
    }

    @Test("a limit of centuries is one of a hundred years, also at the end of the clock")
    func endless() {
        #expect(Deadline(after: .seconds(Int64.max), clock: clock).remaining(clock) == Deadline.longest)
        let late = TelemetryClock(wall: { 0 }, monotonic: { .max - 5 }, sleep: { _ in })
        #expect(Deadline(after: .seconds(1), clock: late).remaining(late) == .nanoseconds(5))
        #expect(Deadline(after: .seconds(Int64.max), clock: late).nanoseconds == .max)
    }

    // MARK: The race

    @Test("a body that ends in time gives its value, and no timer stays behind")
    func inTime() async throws {
        let value = try await withDeadline(.seconds(1), clock: clock) { 7 }
        #expect(value == 7)
        #expect(manual.sleeperCount == 0)
    }

    @Test("a body that fails in time throws its own error, and no timer stays behind")
    func failsInTime() async {
        await #expect(throws: Failure.self) {
            try await withDeadline(.seconds(1), clock: clock) { throw Failure() }
        }
        #expect(manual.sleeperCount == 0)
    }

    @Test("a body that takes too long is cancelled, and nothing stays behind")
    func tooLong() async {
        let clock = clock
        let call = Task { try await withDeadline(.seconds(1), clock: clock) { try await clock.sleep(.seconds(10)) } }
        await manual.sleepers(atLeast: 2)
        manual.advance(by: .seconds(1))
        expectExceeded(await call.result)
        #expect(manual.sleeperCount == 0)
    }

    @Test("a body that ends at the same moment as its time wins", arguments: 0..<100)
    func sameMoment(run: Int) async throws {
        let clock = clock
        let call = Task {
            try await withDeadline(.seconds(1), clock: clock) {
                try await clock.sleep(.seconds(1))
                return 7
            }
        }
        await manual.sleepers(atLeast: 2)
        manual.advance(by: .seconds(1))
        #expect(try await call.value == 7)
    }

    @Test("a body that does not heed cancellation is waited for, and its late value is not taken")
    func deaf() async {
        let clock = clock
        let (cancellation, cancelled) = AsyncStream<Never>.makeStream()
        let call = Task {
            try await withDeadline(.seconds(1), clock: clock) {
                await withTaskCancellationHandler {
                    // Not a child: the cancellation does not reach it.
                    await Task { try? await clock.sleep(.seconds(5)) }.value
                } onCancel: {
                    cancelled.finish()
                }
                return 7
            }
        }
        await manual.sleepers(atLeast: 2)
        manual.advance(by: .seconds(1))
        for await _ in cancellation {}
        #expect(manual.sleeperCount == 1)
        manual.advance(by: .seconds(4))
        expectExceeded(await call.result)
    }

    @Test("of a deadline that is over the body does not run", arguments: [Duration.zero, .seconds(-1)])
    func over(limit: Duration) async {
        await #expect(throws: PatternError.self) {
            try await withDeadline(limit, clock: clock) { Issue.record("it ran") }
        }
    }

    @Test("a caller's cancellation is no deadline that is over")
    func cancelled() async {
        let clock = clock
        let call = Task { try await withDeadline(.seconds(1), clock: clock) { try await clock.sleep(.seconds(10)) } }
        await manual.sleepers(atLeast: 2)
        call.cancel()
        let result = await call.result
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(manual.sleeperCount == 0)
    }

    @Test("the body sees the earlier of two deadlines, whichever is set first", arguments: [(1, 5), (5, 1), (3, 3)])
    func nested(outer: Int, inner: Int) async throws {
        let clock = clock
        let left = try await withDeadline(.seconds(outer), clock: clock) {
            try await withDeadline(.seconds(inner), clock: clock) { ServiceContext.current?.deadline?.remaining(clock) }
        }
        #expect(left == .seconds(min(outer, inner)))
        #expect(ServiceContext.current?.deadline == nil)
    }

    @Test("an inner limit that is longer than the outer one ends with it")
    func outerEnds() async {
        let clock = clock
        let call = Task {
            try await withDeadline(.seconds(1), clock: clock) {
                try await withDeadline(.seconds(5), clock: clock) { try await clock.sleep(.seconds(10)) }
            }
        }
        await manual.sleepers(atLeast: 3)
        manual.advance(by: .seconds(1))
        expectExceeded(await call.result)
        #expect(manual.sleeperCount == 0)
    }

    @Test("a deadline that came with a request is held to, whatever the limit here")
    func foreign() async {
        let clock = clock
        let call = Task {
            try await ServiceContext.withValue(context(.seconds(1))) {
                try await withDeadline(.seconds(60), clock: clock) { try await clock.sleep(.seconds(10)) }
            }
        }
        await manual.sleepers(atLeast: 2)
        manual.advance(by: .seconds(1))
        expectExceeded(await call.result)
    }

    // MARK: Between processes

    @Test("what is left travels between clocks that differ, in any carrier")
    func travels() {
        var pairs = [("a", "1"), ("x-request-timeout-ms", "9")]
        var dictionary: [String: String] = [:]
        let sent = context(.milliseconds(1500))
        manual.advance(by: .microseconds(250_001))
        sent.injectDeadline(into: &pairs, using: .pairs, clock: clock)
        sent.injectDeadline(into: &dictionary, using: .dictionary, clock: clock)
        #expect(pairs.map(\.0) == ["a", "X-Request-Timeout-Ms"])
        #expect(dictionary == ["X-Request-Timeout-Ms": "1249"])

        let other = ManualClock()
        other.advance(by: .seconds(1_000))
        let received = ServiceContext.topLevel.extractingDeadline(pairs, using: .pairs, clock: other.clock)
        #expect(received.deadline?.remaining(other.clock) == .milliseconds(1249))
        let same = ServiceContext.topLevel.extractingDeadline(dictionary, using: .dictionary, clock: other.clock)
        #expect(same.deadline == received.deadline)
    }

    @Test("a context without a deadline writes none")
    func writesNone() {
        var headers: [String: String] = [:]
        ServiceContext.topLevel.injectDeadline(into: &headers, using: .dictionary, clock: clock)
        #expect(headers.isEmpty)
    }

    @Test(
        "what is written has at most nine digits, and is zero when the time is over",
        arguments: [(Duration.seconds(-3), "0"), (.microseconds(999), "0"), (.seconds(Int64.max), "999999999")])
    func written(limit: Duration, value: String) {
        var headers: [String: String] = [:]
        context(limit).injectDeadline(into: &headers, using: .dictionary, clock: clock)
        #expect(headers == [Deadline.header: value])
    }

    @Test(
        "a header that can be read is a deadline",
        arguments: [
            ("1", 1), ("000000250", 250), ("999999999", 999_999_999), (" 30\t", 30), ("0", 0), ("-5", 0), ("-0", 0),
        ])
    func readable(value: String, milliseconds: Int) {
        let headers = [Deadline.header: value]
        let context = ServiceContext.topLevel.extractingDeadline(headers, using: .dictionary, clock: clock)
        #expect(context.deadline?.remaining(clock) == .milliseconds(milliseconds))
    }

    @Test(
        "a header that cannot be read is none, and leaves the deadline that is there",
        arguments: [
            "", " ", "-", "--1", "+1", "1.5", "1e3", "0x10", "1 0", "5s", "100,200", "1000000000", "-1000000000", "١٢",
            "NaN", "9\u{301}",
        ])
    func malformed(value: String) {
        let headers = [Deadline.header: value]
        #expect(ServiceContext.topLevel.extractingDeadline(headers, using: .dictionary, clock: clock).deadline == nil)
        let before = context(.seconds(1))
        #expect(before.extractingDeadline(headers, using: .dictionary, clock: clock).deadline == before.deadline)
    }

    @Test(
        "a header shortens the time that a server gives, and does not lengthen it",
        arguments: [(500, 500), (5000, 1000)])
    func shortens(header: Int, left: Int) {
        let given = context(.seconds(1))
        let limited = given.extractingDeadline([Deadline.header: "\(header)"], using: .dictionary, clock: clock)
        #expect(limited.deadline?.remaining(clock) == .milliseconds(left))
    }

    // MARK: On a span

    @Test("a span has the seconds that were left when its call began")
    func attribute() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        telemetry.tracer.withSpan("none") { $0.recordDeadline(clock: clock) }
        ServiceContext.withValue(context(.milliseconds(1500))) {
            telemetry.tracer.withSpan("some") { $0.recordDeadline(clock: clock) }
        }
        await telemetry.flush()
        #expect(exporter.spans.map(\.name) == ["none", "some"])
        #expect(exporter.spans.first?.attributes[SemanticConventions.deadlineRemaining] == nil)
        #expect(exporter.spans.last?.attributes[SemanticConventions.deadlineRemaining] == 1.5)
    }
}
