import ClewAnalysis
import ClewModel

/// Makes the panel that a definition describes, from the data that it names.
struct PanelFactory {
    let data: DashboardData
    let from: UnixNanoseconds
    let to: UnixNanoseconds

    func panel(_ definition: PanelDefinition) -> any Panel {
        switch definition.source {
        case .red: redPanel(definition)
        case .map: data.map.map { MapPanel($0, limit: definition.limit) } ?? missing("service map")
        case .trace:
            data.trace.map { WaterfallPanel($0, spans: data.spans, limit: definition.limit) } ?? missing("trace")
        case .slow: slowPanel(definition)
        }
    }

    private func missing(_ what: String) -> any Panel { MessagePanel(StyledText("No \(what) was given.", .muted)) }

    private func slowPanel(_ definition: PanelDefinition) -> any Panel {
        let service = definition.service
        let reports = data.slow.filter { report in
            service.isEmpty || report.service == service || report.hops.contains { $0.hop.service == service }
        }
        guard definition.grouping == .hop, let report = reports.first else {
            return SlowListPanel(reports, limit: definition.limit)
        }
        return SlowPanel(report, limit: definition.limit)
    }

    private func redPanel(_ definition: PanelDefinition) -> any Panel {
        guard let report = data.red else { return missing("RED report") }
        let entries = definition.entriesOnly ? data.map?.entryServices : nil
        let selection = REDSelection(report, service: definition.service, services: entries)
        guard !selection.isEmpty else {
            let whose = definition.service.isEmpty ? "" : " of \(definition.service)"
            return MessagePanel(StyledText("No requests\(whose) in this time.", .muted))
        }
        switch definition.kind {
        case .stat: return stat(definition, selection)
        case .line: return line(definition, selection)
        case .bar: return bar(definition, selection)
        case .histogram: return histogram(definition, selection)
        case .heatmap: return heatmap(definition, selection)
        case .table, .waterfall, .map, .slow: return table(definition, selection)
        }
    }

    private func stat(_ definition: PanelDefinition, _ selection: REDSelection) -> any Panel {
        let total = selection.total
        return StatPanel(
            definition.values.map { value in
                let text = value.text(total, in: selection)
                return StatPanel.Stat(
                    name: value.label,
                    figure: value == .errorShare || value == .errors ? text : text.styled(.strong),
                    course: value.course(total, step: selection.step)
                )
            })
    }

    private func line(_ definition: PanelDefinition, _ selection: REDSelection) -> any Panel {
        let groups = selection.groups(definition.grouping)
        let isTotal = definition.grouping == .total
        // One line per value of the total, or one line per group of the only value.
        let series = groups.prefix(definition.limit).flatMap { group in
            definition.values.map { value in
                LineChart.Series(
                    name: isTotal ? value.label : group.name, values: value.course(group.row, step: selection.step))
            }
        }
        let chart = LineChart(
            series: series, unit: definition.values.first?.unit ?? .count, from: from, to: to, height: definition.height
        )
        return FigurePanel(emptyText: "No values in this time.", rest: rest(groups, definition, "less busy")) {
            options in
            chart.lines(width: options.width, charset: options.charset)
        }
    }

    private func bar(_ definition: PanelDefinition, _ selection: REDSelection) -> any Panel {
        let value = definition.values.first ?? .requests
        let groups = selection.groups(definition.grouping)
            .map { (group: $0, number: value.number($0.row, in: selection)) }
            .sorted { ($1.number, $0.group.name) < ($0.number, $1.group.name) }
        let chart = BarChart(
            items: groups.prefix(definition.limit).map { group, number in
                let figure = value.text(group.row, in: selection)
                return BarChart.Item(name: StyledText(group.name), value: number, figure: figure)
            })
        return FigurePanel(emptyText: "No values in this time.", rest: rest(groups.map(\.group), definition)) {
            chart.lines(width: $0.width)
        }
    }

    private func histogram(_ definition: PanelDefinition, _ selection: REDSelection) -> any Panel {
        let chart = HistogramChart(histogram: selection.total.histogram, height: definition.height)
        return FigurePanel(emptyText: "No durations in this time.") { chart.lines(width: $0.width) }
    }

    private func heatmap(_ definition: PanelDefinition, _ selection: REDSelection) -> any Panel {
        let steps = selection.total.series.map(\.histogram)
        let chart = Heatmap(steps: steps, from: from, to: to, height: definition.height)
        return FigurePanel(emptyText: "No durations in this time.") { chart.lines(width: $0.width) }
    }

    private func table(_ definition: PanelDefinition, _ selection: REDSelection) -> any Panel {
        let groups = selection.groups(definition.grouping)
        let values = definition.values.isEmpty ? REDTable.defaultValues : definition.values
        let table = REDTable(selection: selection, grouping: definition.grouping, values: values)
        return TablePanel(
            table.table(groups.prefix(definition.limit)), emptyText: "No requests in this time.",
            note: rest(groups, definition))
    }

    /// Says what a limit leaves out.
    private func rest(
        _ groups: [REDSelection.Group], _ definition: PanelDefinition, _ which: String = "more"
    ) -> StyledText? {
        guard definition.grouping != .total, groups.count > definition.limit else { return nil }
        let noun = "\(which) \(definition.grouping == .service ? "service" : "operation")"
        return StyledText("… \(NumberText.counted(groups.count - definition.limit, noun)) not shown", .muted)
    }
}

extension ServiceMap {
    /// Services that no other node calls; `nil` where there is none, as in a map that is one cycle.
    fileprivate var entryServices: Set<String>? {
        let called = Set(edges.filter { $0.from != $0.to }.map(\.to))
        let entries = Set(nodes.filter { $0.kind == .service && !called.contains($0.name) }.map(\.name))
        return entries.isEmpty ? nil : entries
    }
}
