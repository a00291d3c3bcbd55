import ClewAnalysis

/// Rate, errors and durations as a table, with the course of the rate.
struct REDTable {
    let selection: REDSelection
    let grouping: PanelDefinition.Grouping
    let values: [PanelDefinition.Value]

    static let defaultValues: [PanelDefinition.Value] = [.rate, .errorShare, .p50, .p95, .p99]

    func table(_ groups: some Sequence<REDSelection.Group>) -> Table {
        let hasServices = grouping == .service || selection.serviceCount > 1
        let hasOperations = grouping == .operation
        var columns: [Table.Column] = []
        if hasServices { columns.append(Table.Column("service", minimumWidth: 12)) }
        if hasOperations { columns.append(Table.Column("operation", minimumWidth: 14)) }
        columns += values.map { Table.Column($0.label, .right, dropOrder: Self.dropOrder($0)) }
        columns.append(Table.Column("rate over time", dropOrder: 9))
        return Table(
            columns: columns,
            rows: groups.map { group in
                (hasServices ? [StyledText(group.row.service, .accent)] : [])
                    + (hasOperations ? [StyledText(group.row.operation)] : [])
                    + values.map { $0.text(group.row, in: selection) }
                    + [Bar.sparkline(PanelDefinition.Value.rate.course(group.row, step: selection.step), width: 16)]
            })
    }

    private static func dropOrder(_ value: PanelDefinition.Value) -> Int {
        switch value {
        case .rate, .errorShare, .p95, .services, .operations: 0
        case .p99: 2
        case .p50: 3
        case .p90, .max, .requests, .errors: 4
        }
    }
}
