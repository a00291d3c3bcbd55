/// What an operator tuned: parameters and severities of rules, and rules that are off.
public struct AuditSettings: Hashable, Sendable, Codable {
    public struct RuleSettings: Hashable, Sendable, Codable {
        public var isEnabled: Bool
        public var severity: Finding.Severity?
        /// By parameter name; one that is absent has its standard value.
        public var parameters: [String: Double]

        public init(isEnabled: Bool = true, severity: Finding.Severity? = nil, parameters: [String: Double] = [:]) {
            self.isEnabled = isEnabled
            self.severity = severity
            self.parameters = parameters
        }
    }

    /// By rule name; one that is absent has its standard settings.
    public var rules: [String: RuleSettings]

    public init(rules: [String: RuleSettings] = [:]) {
        self.rules = rules
    }

    /// The value of a rule's parameter: the tuned one, else its standard.
    func value(_ parameter: String, of rule: AuditRule) -> Double {
        rules[rule.name]?.parameters[parameter] ?? rule.parameters.first { $0.name == parameter }?.standard ?? 0
    }

    /// As ``value(_:of:)``, as a count: rounded down, from 0 to a billion.
    func count(_ parameter: String, of rule: AuditRule) -> Int {
        let value = value(parameter, of: rule)
        return value.isFinite ? Int(min(max(value, 0), 1e9)) : 0
    }

    func isEnabled(_ rule: AuditRule) -> Bool { rules[rule.name]?.isEnabled ?? true }
}
