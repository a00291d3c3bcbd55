public import ClewAnalysis

/// Everything about one rule of the audit.
public struct AuditRulePanel: Panel {
    public var rule: AuditRule

    public init(_ rule: AuditRule) {
        self.rule = rule
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        var blocks: [Block] = [
            .paragraph("\(rule.name, .strong): \(rule.title) (severity \(rule.severity.rawValue))"),
            .list([
                "\("finds:", .muted) \(rule.detection)", "\("hurts:", .muted) \(rule.harm)",
                "\("wrong if:", .muted) \(rule.refutation)", "\("do:", .muted) \(rule.advice)",
            ]),
        ]
        if !rule.parameters.isEmpty { blocks.append(.table(parameters)) }
        return blocks
    }

    private var parameters: Table {
        Table(
            columns: [Table.Column("parameter"), Table.Column("default", .right), Table.Column("meaning")],
            rows: rule.parameters.map {
                [StyledText($0.name), StyledText(NumberText.decimal($0.standard)), StyledText($0.meaning)]
            })
    }
}

/// All rules, a line each.
public struct AuditRulesPanel: Panel {
    public init() {}

    public func blocks(_ options: RenderOptions) -> [Block] {
        let table = Table(
            columns: [Table.Column("rule"), Table.Column("severity"), Table.Column("finds")],
            rows: Audit.rules.map {
                [StyledText($0.name, .strong), StyledText($0.severity.rawValue), StyledText($0.title)]
            })
        return [.table(table), .list(["clew audit --explain RULE says what a rule sees and how to tune it."])]
    }
}
