extension DashboardDefinition {
    /// Reads a definition.
    ///
    /// Top level: `title`, `description`, `variables` (each `name`, `description`, `default`), `rows` (each `panels`).
    /// A panel: `kind` (required), `title`, `source`, `value` (one or a list), `by`, `limit`, `width`, `height`,
    /// `service`, `entries`. Unknown keys are errors, so that a typing mistake does not go unseen.
    ///
    /// - Parameter file: The name in errors.
    /// - Throws: ``DashboardError`` with the line and what was expected.
    public init(yaml: String, file: String) throws(DashboardError) {
        let root = try DefinitionNode(yaml: yaml, file: file)
        try root.checkKeys(["title", "description", "variables", "rows"])
        self.file = file
        title = try root.required("title").string()
        description = try root.value("description")?.string() ?? ""
        variables = []
        for node in try root.value("variables")?.list(of: "a variable") ?? [] { variables.append(try Variable(node)) }
        rows = []
        for node in try root.required("rows").list(of: "a row") { rows.append(try Row(node)) }
        try checkVariables(titleLine: root.value("title")?.line)
    }

    /// Every `$name` that is used must be declared.
    private func checkVariables(titleLine: Int?) throws(DashboardError) {
        let texts: [(text: String, line: Int?)] = rows.flatMap(\.panels).flatMap { panel in
            [(panel.title, panel.lineNumber), (panel.service, panel.lineNumber)]
        }
        for (text, line) in [(title, titleLine)] + texts {
            _ = try VariableText.substituted(text) { name throws(DashboardError) in
                guard variables.contains(where: { $0.name == name }) else {
                    let known = variables.map { "$" + $0.name }.joined(separator: ", ")
                    let hint = known.isEmpty ? "the dashboard declares none" : "it declares \(known)"
                    throw DashboardError(
                        .unknownVariable, "unknown variable '$\(name)'; \(hint)", file: file, line: line)
                }
                return name
            }
        }
    }
}

extension DashboardDefinition.Variable {
    fileprivate init(_ node: DefinitionNode) throws(DashboardError) {
        try node.checkKeys(["name", "description", "default"])
        name = try node.required("name").string()
        description = try node.value("description")?.string() ?? ""
        defaultValue = try node.value("default")?.string()
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
            throw node.error(.invalidValue, "a variable's name has letters, digits and '_' only, found '\(name)'")
        }
    }
}

extension DashboardDefinition.Row {
    fileprivate init(_ node: DefinitionNode) throws(DashboardError) {
        try node.checkKeys(["panels"])
        panels = []
        for panel in try node.required("panels").list(of: "a panel") { panels.append(try PanelDefinition(panel)) }
        guard !panels.isEmpty else { throw node.error(.missingValue, "a row needs at least one panel") }
    }
}

extension PanelDefinition {
    private static let keys = [
        "kind", "title", "source", "value", "by", "limit", "width", "height", "service", "entries",
    ]

    fileprivate init(_ node: DefinitionNode) throws(DashboardError) {
        try node.checkKeys(Self.keys)
        kind = try node.required("kind").choice(Kind.self)
        title = try node.value("title")?.string() ?? ""
        source = kind.sources[0]
        if let given = try node.value("source")?.choice(Source.self) { source = given }
        values = []
        for value in node.value("value")?.oneOrMore() ?? [] { values.append(try value.choice(Value.self)) }
        grouping = try node.value("by")?.choice(Grouping.self) ?? kind.defaultGrouping
        limit = try node.value("limit")?.integer(in: 1...10_000) ?? kind.defaultLimit
        widthShare = try node.value("width")?.integer(in: 1...100) ?? 1
        height = try node.value("height")?.integer(in: 2...60) ?? 8
        service = try node.value("service")?.string() ?? ""
        entriesOnly = try node.value("entries")?.bool() ?? false
        lineNumber = node.line ?? 0
        try check(node)
    }

    /// Combinations that no panel can show.
    private func check(_ node: DefinitionNode) throws(DashboardError) {
        func listed(_ names: [String]) -> String { names.joined(separator: ", ") }
        guard kind.sources.contains(source) else {
            let known = listed(kind.sources.map(\.rawValue))
            throw node.error(
                .invalidValue, "a \(kind.rawValue) panel cannot show '\(source.rawValue)'; expected \(known)")
        }
        guard kind.groupings.contains(grouping) else {
            let known = listed(kind.groupings.map(\.rawValue))
            throw node.error(
                .invalidValue, "a \(kind.rawValue) panel cannot go by '\(grouping.rawValue)'; expected \(known)")
        }
        if let wrong = values.first(where: { !kind.values.contains($0) }) {
            let known = kind.values.isEmpty ? "no value" : listed(kind.values.map(\.rawValue))
            throw node.error(
                .invalidValue, "a \(kind.rawValue) panel cannot show the value '\(wrong.rawValue)'; expected \(known)")
        }
        guard values.count >= kind.minimumValues else {
            let known = listed(kind.values.map(\.rawValue))
            throw node.error(.missingValue, "a \(kind.rawValue) panel needs the key 'value' with \(known)")
        }
        let grouped = grouping != .total
        if kind == .line && values.count > 1 && grouped {
            throw node.error(.invalidValue, "a line panel with several values needs 'by: total'")
        }
        if kind == .line, Set(values.map(\.unit)).count > 1 {
            throw node.error(.invalidValue, "the values of a line panel need one unit, such as p50, p95 and p99")
        }
    }
}
