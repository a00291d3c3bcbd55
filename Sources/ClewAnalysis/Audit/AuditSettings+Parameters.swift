public import ClewModel

extension AuditSettings {
    /// The parameters that ``init(taking:)`` reads back: `off=RULE`, `severity=RULE:high`, `tune=RULE.PARAMETER:20`.
    public var parameters: QueryParameters {
        rules.sorted { $0.key < $1.key }.flatMap { name, settings -> QueryParameters in
            var result: QueryParameters = settings.isEnabled ? [] : [("off", name)]
            if let severity = settings.severity { result.append(("severity", "\(name):\(severity.rawValue)")) }
            for (parameter, value) in settings.parameters.sorted(by: { $0.key < $1.key }) {
                result.append(("tune", "\(name).\(parameter):\(value)"))
            }
            return result
        }
    }

    /// Takes the settings out of `parameters` and leaves the rest.
    ///
    /// - Throws: ``QueryParameterError`` where a rule or a parameter is unknown, or a value is none.
    public init(taking parameters: inout QueryParameters) throws(QueryParameterError) {
        self.init()
        var rest: QueryParameters = []
        for (name, value) in parameters {
            switch name {
            case "off": rules[try Self.rule(name, value, value).name, default: RuleSettings()].isEnabled = false
            case "severity":
                let (text, severity) = try Self.sides(name, value, "RULE:low, RULE:medium or RULE:high")
                guard let severity = Finding.Severity(rawValue: severity) else {
                    throw QueryParameterError(name: name, value: value, expected: "low, medium or high behind the ':'")
                }
                rules[try Self.rule(name, value, text).name, default: RuleSettings()].severity = severity
            case "tune": try tune(name, value)
            default: rest.append((name, value))
            }
        }
        parameters = rest
    }

    private mutating func tune(_ name: String, _ text: String) throws(QueryParameterError) {
        let (path, number) = try Self.sides(name, text, "RULE.PARAMETER:NUMBER")
        let parts = path.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let rule = try Self.rule(name, text, parts[0])
        guard parts.count == 2, rule.parameters.contains(where: { $0.name == parts[1] }) else {
            let known = rule.parameters.map(\.name).joined(separator: ", ")
            throw QueryParameterError(name: name, value: text, expected: "a parameter of '\(rule.name)': \(known)")
        }
        guard let value = Double(number), value.isFinite, value >= 0 else {
            throw QueryParameterError(name: name, value: text, expected: "a number from zero behind the ':'")
        }
        rules[rule.name, default: RuleSettings()].parameters[parts[1]] = value
    }

    private static func sides(
        _ name: String, _ text: String, _ expected: String
    ) throws(QueryParameterError) -> (String, String) {
        let sides = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard sides.count == 2 else { throw QueryParameterError(name: name, value: text, expected: expected) }
        return (sides[0], sides[1])
    }

    private static func rule(
        _ name: String, _ text: String, _ rule: String
    ) throws(QueryParameterError) -> AuditRule {
        guard let known = Audit.rules.first(where: { $0.name == rule }) else {
            let names = Audit.rules.map(\.name).joined(separator: ", ")
            throw QueryParameterError(name: name, value: text, expected: "a rule: \(names)")
        }
        return known
    }
}
