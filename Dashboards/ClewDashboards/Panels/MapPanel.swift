public import ClewAnalysis

/// Who calls whom, as a tree from the services that nobody calls down to databases, queues and peers.
///
/// A node that was shown already is named again and referred to, so that cycles end and shared callees stay readable.
public struct MapPanel: Panel {
    public var map: ServiceMap
    /// Lines shown; how many more there are is stated.
    public var limit: Int

    public init(_ map: ServiceMap, limit: Int = 200) {
        self.map = map
        self.limit = limit
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard !map.nodes.isEmpty || !map.edges.isEmpty else {
            return [.paragraph(StyledText("No calls between services were recorded in this time.", .muted))]
        }
        let tree = MapTree(map)
        let shown = tree.lines.prefix(max(limit, 1))
        var lines = Table(columns: Self.columns, rows: shown.map(cells)).lines(width: options.width)
        if tree.lines.count > shown.count {
            let rest = NumberText.counted(tree.lines.count - shown.count, "more line")
            lines.append(StyledText("… \(rest) not shown (limit \(shown.count))", .warning))
        }
        return [.figure(lines)]
    }

    private static let columns = [
        Table.Column("service", minimumWidth: 18),
        Table.Column("calls", .right, dropOrder: 2),
        Table.Column("errors", .right),
        Table.Column("p50", .right, dropOrder: 3),
        Table.Column("p95", .right),
        Table.Column("max", .right, dropOrder: 4),
    ]

    private func cells(_ line: MapTree.Line) -> [StyledText] {
        let name = StyledText(line.prefix, .muted) + StyledText(line.name, line.kind == .service ? .accent : .plain)
        return [
            name + note(line),
            StyledText(NumberText.count(line.calls)),
            ErrorShareText.text(errors: line.errors, count: line.calls),
            StyledText(NumberText.duration(Double(line.durations.p50)), .muted),
            StyledText(NumberText.duration(Double(line.durations.p95)), .strong),
            StyledText(NumberText.duration(Double(line.durations.max)), .muted),
        ]
    }

    private func note(_ line: MapTree.Line) -> StyledText {
        if line.isRepeated { return StyledText(" ↑ above", .muted) }
        return switch line.kind {
        case .service: StyledText()
        case .database: StyledText(" (database)", .muted)
        case .queue: StyledText(" (queue)", .muted)
        case .peer: StyledText(" (no telemetry)", .muted)
        }
    }
}
