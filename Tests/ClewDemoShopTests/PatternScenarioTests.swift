import Foundation
import Testing

@testable import ClewDemoShop

@Suite("The measurement of patterns")
struct PatternScenarioTests {
    private static let red = """
        {"from": 1000000000, "to": 5000000000, "step": 4000000000, "rows": [
          {"service": "gateway", "operation": "", "count": 40, "errors": 10, "durations": {"p50": 1, "p99": 9000000}},
          {"service": "gateway", "operation": "POST /checkout", "count": 32, "errors": 10,
           "durations": {"p50": 1, "p90": 2, "p95": 3, "p99": 1500000000, "max": 5}, "series": [], "histogram": {}},
          {"service": "gateway", "operation": "GET /products", "count": 8, "errors": 0, "durations": {"p99": 20000000}}
        ]}
        """

    private func report(checkouts: Int, errors: Int, milliseconds: Int) throws -> RouteReport {
        let row = """
            {"operation": "POST /checkout", "count": \(checkouts), "errors": \(errors), \
            "durations": {"p99": \(milliseconds)000000}}
            """
        return try RouteReport(json: Data("{\"from\": 0, \"to\": 10000000000, \"rows\": [\(row)]}".utf8))
    }

    @Test("goodput is what was answered without an error, a second of the window")
    func goodput() throws {
        let report = try RouteReport(json: Data(Self.red.utf8))
        #expect(
            report.figures(of: "POST /checkout") == RouteFigures(requests: 32, errors: 10, goodput: 5.5, p99: 1.5))
        #expect(report.figures(of: "GET /orders/{id}").requests == 0)
        // The row of the whole service is no route.
        #expect(report.requests == 40)
    }

    @Test(
        "an answer that cannot be is refused",
        arguments: [
            "", "{}", #"{"from": 5, "to": 5, "rows": []}"#, #"{"from": 5, "to": 4, "rows": []}"#,
            #"{"from": 0, "to": 9, "rows": [{"operation": "a", "count": 1, "errors": 2, "durations": {"p99": 1}}]}"#,
            #"{"from": 0, "to": 9, "rows": [{"operation": "a", "count": -1, "errors": -2, "durations": {"p99": 1}}]}"#,
            #"{"from": 0, "to": 9, "rows": [{"operation": "a", "count": 9e18, "errors": 0, "durations": {"p99": 1}}]}"#,
        ])
    func malformed(json: String) {
        let error = #expect(throws: ShopError.self) { try RouteReport(json: Data(json.utf8)) }
        #expect(error?.code == .malformedAnswer)
    }

    @Test("a spread has the median and the range of its values, in whatever order they come")
    func spread() {
        #expect(Spread([3, 1, 2]).text { "\(Int($0))" } == "2 (1–3)")
        #expect(Spread([4, 1, 2, 3]).median == 2.5)
        #expect(Spread([5, 5]).text { "\(Int($0))" } == "5")
        #expect(Spread([]).median == 0)
    }

    @Test("each run leaves out what would hide the pattern, and only runs without it the pattern itself")
    func leftOut() {
        let scenario = PatternScenario(of: .retryBudget)
        #expect(scenario.leftOut(isWithout: false) == [.breaker])
        #expect(scenario.leftOut(isWithout: true) == [.breaker, .retryBudget])
        for pattern in ShopPattern.allCases {
            let scenario = PatternScenario(of: pattern)
            #expect(scenario.pattern == pattern)
            #expect(!scenario.leftOut(isWithout: false).contains(pattern))
            #expect(!scenario.routes.isEmpty)
        }
    }

    @Test("a load is told in requests a second of each kind, with the limits that are set")
    func load() {
        #expect(PatternScenario(of: .breaker).loadText == "32 POST /checkout + 8 GET /orders/{id} a second")
        #expect(PatternScenario(of: .shedding).loadText.contains(" a second; gateway of 40 at once; no breaker"))
        #expect(PatternScenario(of: .retryBudget).loadText.hasSuffix("; no breaker in either"))
    }

    @Test("a row has the figures without the pattern before those with it, and none where nothing was asked")
    func markdown() throws {
        var measurement = PatternMeasurement(PatternScenario(of: .breaker))
        measurement.add(try report(checkouts: 100, errors: 80, milliseconds: 3000), isWithout: true)
        measurement.add(try report(checkouts: 100, errors: 60, milliseconds: 4000), isWithout: true)
        measurement.add(try report(checkouts: 100, errors: 1, milliseconds: 20), isWithout: false)
        let rows = measurement.markdown.split(separator: "\n")
        #expect(rows.count == 2)
        #expect(rows.first?.hasSuffix("| `GET /orders/{id}` | 0.0 | – | 0.0 | – |") == true)
        #expect(
            rows.last?.hasSuffix("| `POST /checkout` | 3.0 (2.0–4.0) | 3.50s (3.00s–4.00s) | 9.9 | 20.0ms |") == true)
        #expect(measurement.text.contains("catalog=10000ms"))
    }
}
