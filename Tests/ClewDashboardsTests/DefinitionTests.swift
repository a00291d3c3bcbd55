import ClewDashboards
import Testing

@Suite("Dashboard definitions")
struct DefinitionTests {
    @Test("every built-in dashboard can be read", arguments: BuiltinDashboards.names)
    func builtin(name: String) throws {
        let definition = try BuiltinDashboards.definition(name)
        #expect(!definition.rows.isEmpty)
    }

    @Test("an unknown name lists the known ones")
    func unknownName() {
        let error = #expect(throws: DashboardError.self) { try BuiltinDashboards.definition("nope") }
        #expect(error?.code == .unknownDashboard)
        #expect(error?.message.contains("overview, red, service") == true)
    }

    @Test("a definition tells which data it needs")
    func sources() throws {
        #expect(try BuiltinDashboards.definition("overview").sources == [.red, .map, .slow])
        #expect(try BuiltinDashboards.definition("red").sources == [.red])
        #expect(try definition("- kind: waterfall").sources == [.trace])
        #expect(try definition("- {kind: stat, value: rate, entries: true}").sources == [.red, .map])
    }

    @Test(
        "a mistake is named with its line and what was expected",
        arguments: [
            ("- kind: pie", 4, "expected stat, table, line, bar, histogram, heatmap, waterfall, map or slow", "pie"),
            ("- kind: map\n      titel: x", 5, "unknown key 'titel' in a panel; expected kind, title", "titel"),
            ("- kind: map\n      limit: many", 5, "expected a whole number from 1 to 10000", "many"),
            ("- kind: map\n      limit: 0", 5, "expected a whole number from 1 to 10000", "0"),
            ("- kind: map\n      source: red", 4, "a map panel cannot show 'red'; expected map", "red"),
            ("- kind: line\n      value: services", 4, "a line panel cannot show the value 'services'", "services"),
            ("- kind: bar", 4, "a bar panel needs the key 'value'", "bar"),
            ("- kind: stat\n      value: rate\n      by: service", 4, "a stat panel cannot go by 'service'", "service"),
            ("- kind: line\n      value: [rate, p95]", 4, "need one unit", "unit"),
            ("- kind: line\n      value: [p50, p95]\n      by: service", 4, "needs 'by: total'", "by"),
            ("- title: no kind", 4, "a panel needs the key 'kind'", "kind"),
            ("- just text", 4, "expected a panel as `key: value` lines", "panel"),
            ("- kind: map\n      kind: map", nil, "", "kind"),
            ("- kind: map\n      title: $service", 4, "unknown variable '$service'; the dashboard declares none", "$"),
            ("- kind: [", nil, "this is not YAML", "YAML"),
        ] as [(String, Int?, String, String)])
    func mistakes(panel: String, line: Int?, message: String, mention: String) {
        let error = #expect(throws: DashboardError.self) { try definition(panel) }
        if let line {
            #expect(error?.line == line)
            #expect(error?.description.hasPrefix("test.yaml:\(line): ") == true)
        }
        #expect(error?.message.contains(message) == true)
        #expect(error?.message.contains(mention) == true)
    }

    @Test(
        "text that is no dashboard is refused, not crashed on",
        arguments: ["", "- a", "title: x", "x", "rows: 3\ntitle: x"])
    func nonsense(yaml: String) {
        #expect(throws: DashboardError.self) { try DashboardDefinition(yaml: yaml, file: "test.yaml") }
    }

    @Test("an undeclared variable in the dashboard's own title is refused too")
    func undeclaredInTitle() {
        let error = #expect(throws: DashboardError.self) {
            try DashboardDefinition(yaml: "title: all of $service\nrows: []", file: "bad.yaml")
        }
        #expect(error?.description == "bad.yaml:1: unknown variable '$service'; the dashboard declares none")
    }

    @Test("a variable must be declared by the dashboard and given by the caller")
    func variables() throws {
        let dashboard = Dashboard(try BuiltinDashboards.definition("service"))
        let missing = #expect(throws: DashboardError.self) {
            try dashboard.render(data: DashboardData(), from: 0, to: 1)
        }
        #expect(missing?.code == .missingVariable)
        let unknown = #expect(throws: DashboardError.self) {
            try dashboard.render(data: DashboardData(), from: 0, to: 1, variables: ["service": "a", "sevice": "b"])
        }
        #expect(unknown?.code == .unknownVariable)
        let text = try dashboard.render(data: DashboardData(), from: 0, to: 1, variables: ["service": "orders"])
        #expect(text.hasPrefix("orders\n"))
    }

    /// A dashboard of one panel, which begins on line 4.
    private func definition(_ panel: String) throws(DashboardError) -> DashboardDefinition {
        try DashboardDefinition(yaml: "title: test\nrows:\n  - panels:\n    \(panel)\n", file: "test.yaml")
    }
}
