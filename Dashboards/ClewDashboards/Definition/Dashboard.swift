public import ClewModel

/// A dashboard that can be drawn: equal input gives equal text, on every machine.
public struct Dashboard: Sendable {
    public var definition: DashboardDefinition

    public init(_ definition: DashboardDefinition) {
        self.definition = definition
    }

    /// The dashboard as text, ending in one line break.
    ///
    /// - Parameters:
    ///   - from: The start of the time shown, in nanoseconds since 1970.
    ///   - variables: Values by name; those without one take their default.
    /// - Throws: ``DashboardError`` for a variable that is unknown, or missing without a default.
    public func render(
        data: DashboardData,
        from: UnixNanoseconds,
        to: UnixNanoseconds,
        variables: [String: String] = [:],
        options: RenderOptions = RenderOptions()
    ) throws(DashboardError) -> String {
        let values = try resolved(variables)
        let factory = PanelFactory(data: data, from: from, to: to)
        var blocks = head(from, to, values)
        if let coverage = data.red.flatMap(Coverage.init) { blocks.append(.paragraph(coverage.sentence)) }
        for row in definition.rows {
            let panels = row.panels.map { substituted($0, values) }
            blocks += DashboardRow(panels: panels, factory: factory).blocks(options)
        }
        return blocks.render(options)
    }

    private func head(_ from: UnixNanoseconds, _ to: UnixNanoseconds, _ values: [String: String]) -> [Block] {
        var facts = [TimeText.range(from, to)]
        facts += definition.variables.compactMap { variable in
            values[variable.name].flatMap { $0.isEmpty ? nil : "\(variable.name) \($0)" }
        }
        return [
            .title(StyledText(substituted(definition.title, values))),
            .paragraph(StyledText(facts.joined(separator: " · "), .muted)),
        ]
    }

    private func resolved(_ given: [String: String]) throws(DashboardError) -> [String: String] {
        let names = definition.variables.map(\.name)
        if let unknown = given.keys.sorted().first(where: { !names.contains($0) }) {
            let known = names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"
            throw DashboardError(
                .unknownVariable, "the dashboard has no variable '\(unknown)'; \(known)", file: definition.file)
        }
        var values: [String: String] = [:]
        for variable in definition.variables {
            guard let value = given[variable.name] ?? variable.defaultValue else {
                let meaning = variable.description.isEmpty ? "" : " (\(variable.description))"
                throw DashboardError(
                    .missingVariable, "the dashboard needs a value for the variable '\(variable.name)'\(meaning)",
                    file: definition.file)
            }
            values[variable.name] = value
        }
        return values
    }

    private func substituted(_ panel: PanelDefinition, _ values: [String: String]) -> PanelDefinition {
        var panel = panel
        panel.title = substituted(panel.title, values)
        panel.service = substituted(panel.service, values)
        return panel
    }

    private func substituted(_ text: String, _ values: [String: String]) -> String {
        VariableText.substituted(text) { values[$0] ?? "$\($0)" }
    }
}
