import ClewAnalysis
import ClewModel
import Testing

@Suite("RED")
struct REDReportTests {
    private func entry(
        _ service: String, _ name: String, at start: UInt64, lasting duration: UInt64 = 1000,
        kind: SpanKind = .server, status: SpanStatus.Code = .unset
    ) -> SpanSummary {
        SpanSummary(
            traceID: TraceID(high: 0, low: 1), spanID: SpanID(1), service: service, name: name, kind: kind,
            status: status, start: start, end: start + duration)
    }

    @Test("entries are counted by service and operation, with one row for the whole service first")
    func rows() {
        let report = REDReport(
            spans: [
                entry("orders", "POST /orders", at: 100),
                entry("orders", "POST /orders", at: 150, status: .error),
                entry("orders", "shipments process", at: 250, kind: .consumer),
                entry("orders", "INSERT", at: 250, kind: .client),
                entry("orders", "step", at: 250, kind: .internal),
                entry("gateway", "GET /", at: 200),
            ], from: 100, to: 300, step: 100)
        #expect(
            report.rows.map { "\($0.service) \($0.operation)" } == [
                "gateway ", "gateway GET /", "orders ", "orders POST /orders", "orders shipments process",
            ])
        #expect(report.rows.map(\.count) == [1, 1, 3, 2, 1])
        #expect(report.rows.map(\.errors) == [0, 0, 1, 1, 0])
        #expect(report.rows[2].series.map(\.count) == [2, 1])
        #expect(report.rows[2].series.map(\.errors) == [1, 0])
        #expect(report.rows[2].series[0].p99 == report.rows[2].durations.p99)
        #expect(report.rows[2].durations.max == 1000)
        #expect(report.rows[2].histogram.count == 3)
    }

    @Test(
        "only starts in the window count, the end excluded",
        arguments: [
            (UInt64(99), 0), (100, 1), (299, 1), (300, 0),
        ])
    func window(start: UInt64, count: Int) {
        let report = REDReport(spans: [entry("a", "b", at: start)], from: 100, to: 300, step: 100)
        #expect(report.rows.first?.count ?? 0 == count)
    }

    @Test(
        "a window that the step does not divide ends with a short element; a tiny step is lengthened",
        arguments: [
            (UInt64(1000), UInt64(300), 4, UInt64(300)), (1000, 0, 1, 1000), (1_000_000, 1, 1000, 1000),
            (7, 100, 1, 100),
        ])
    func steps(length: UInt64, step: UInt64, points: Int, actual: UInt64) {
        let report = REDReport(spans: [entry("a", "b", at: length - 1)], from: 0, to: length, step: step)
        #expect(report.step == actual)
        #expect(report.rows[0].series.count == points)
        #expect(report.rows[0].series.last?.count == 1)
    }

    @Test("an empty and a reversed window hold nothing", arguments: [UInt64(100), 50])
    func emptyWindow(to: UInt64) {
        #expect(REDReport(spans: [entry("a", "b", at: 100)], from: 100, to: to, step: 10).rows.isEmpty)
    }

    @Test("names past the bounds are counted as other, none lost")
    func bounds() {
        var builder = REDBuilder(
            from: 0, to: 1000, step: 100, limits: .init(services: 2, operationsPerService: 3, operations: 100))
        for service in 0..<4 { for operation in 0..<10 { builder.add(entry("s\(service)", "o\(operation)", at: 5)) } }
        let report = builder.finish()
        #expect(Set(report.rows.map(\.service)) == ["s0", "s1", "_other"])
        let operations = report.rows.filter { $0.service == "s0" }
        #expect(operations.map(\.operation) == ["", "_other", "o0", "o1", "o2"])
        #expect(operations.map(\.count) == [10, 7, 1, 1, 1])
        #expect(report.rows.filter { $0.operation.isEmpty }.reduce(0) { $0 + $1.count } == 40)
        #expect(report.rows.filter { !$0.operation.isEmpty }.reduce(0) { $0 + $1.count } == 40)
    }

    @Test("many rows lengthen the step, so that all series together stay bounded and nothing is lost")
    func manyRows() {
        var builder = REDBuilder(from: 0, to: 1000, step: 1, limits: .init(points: 5000))
        for operation in 0..<50 {
            for start in UInt64(0)..<1000 { builder.add(entry("s", "o\(operation)", at: start, lasting: start)) }
        }
        let report = builder.finish()
        #expect(report.rows.count == 51)
        #expect(report.step == 16)
        for row in report.rows {
            let calls = row.count / 1000
            #expect(row.series.map(\.count) == Array(repeating: 16 * calls, count: 62) + [8 * calls])
            #expect(row.series[1].histogram.count == 16 * calls)
        }
        #expect(report.rows[1].series[0].p50 < report.rows[1].series[61].p50)
    }

    @Test("an entry without a name does not pass for the whole service")
    func emptyName() {
        let report = REDReport(spans: [entry("a", "", at: 5)], from: 0, to: 10, step: 10)
        #expect(report.rows.map(\.operation) == ["", "_other"])
    }
}
