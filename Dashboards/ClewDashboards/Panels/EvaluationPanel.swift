public import ClewAnalysis

/// How often the service at fault was named: the verdict, then by method, system and fault, then the misses.
public struct EvaluationPanel: Panel {
    public var report: EvaluationReport
    /// Whether to list every case.
    public var isDetailed: Bool

    public init(_ report: EvaluationReport, isDetailed: Bool = false) {
        self.report = report
        self.isDetailed = isDetailed
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        var blocks: [Block] = [.paragraph(verdict)]
        if report.all.cases > 0 {
            blocks += [.heading("methods"), .table(methods)]
            blocks += [.heading("by system"), .table(Self.table("system", report.bySystem))]
            blocks += [.heading("by fault"), .table(Self.table("fault", report.byFault))]
        }
        if !report.withoutFault.isEmpty {
            let groups = report.withoutFault.map { group in
                var group = group
                group.name = "without \(group.name)"
                return group
            }
            blocks += [.heading("without one kind of fault"), .table(Self.table("", groups))]
        }
        if !report.misses.isEmpty { blocks += [.heading("misses"), .table(misses)] }
        let alarms = report.cases.filter { !$0.isFaulty && $0.cause != nil }
        if !alarms.isEmpty {
            let lines = alarms.map { "\(Self.readable($0.name)): \(Self.readable($0.cause), .accent)" as StyledText }
            blocks += [.heading("false alarms"), .list(lines)]
        }
        if isDetailed { blocks += [.heading("all incidents"), .table(details)] }
        return blocks
    }

    // MARK: - The answer

    /// `The service at fault came first in 33 of 38 incidents (87 %), among the first three in 36. No false alarm in 5 windows
    /// without a fault.`
    private var verdict: StyledText {
        guard !report.cases.isEmpty else { return StyledText("There are no incidents.", .muted) }
        var sentence = StyledText()
        if report.all.cases > 0 {
            let first = count(among: 1)
            sentence += "The service at fault came first in \(first, .strong) of "
            sentence += "\(NumberText.counted(report.all.cases, "incident")) "
            sentence += "(\(Self.percent(\.as1, report.all), .strong)), among the first three in \(count(among: 3))."
            if report.all.unnamed > 0 { sentence += " In \(report.all.unnamed) of them no cause was named." }
        }
        guard report.quietWindows > 0 else { return sentence }
        if !sentence.isEmpty { sentence += " " }
        let windows = NumberText.counted(report.quietWindows, "window")
        let alarms = NumberText.counted(report.falseAlarms, "false alarm")
        let outcome = report.falseAlarms == 0 ? StyledText("No false alarm", .good) : StyledText(alarms, .error)
        return sentence + outcome + " in \(windows) without a fault."
    }

    private func count(among places: Int) -> Int {
        report.cases.lazy.filter { $0.isFaulty && $0.isFound(by: .clew, among: places) }.count
    }

    // MARK: - Tables

    private var methods: Table {
        Table(
            columns: [
                Table.Column("method"), Table.Column("AS@1", .right), Table.Column("AS@3", .right),
                Table.Column("AS@5", .right),
            ],
            rows: report.all.accuracies.map { accuracy in
                [
                    StyledText(accuracy.method.title, accuracy.method == .clew ? .strong : .plain),
                    StyledText(NumberText.percent(accuracy.as1)), StyledText(NumberText.percent(accuracy.as3)),
                    StyledText(NumberText.percent(accuracy.as5)),
                ]
            })
    }

    private static func table(_ title: String, _ groups: [EvaluationReport.Group]) -> Table {
        let others = EvaluationMethod.allCases.filter { $0 != .clew }
        let columns: [Table.Column] =
            [
                Table.Column(title, minimumWidth: 12), Table.Column("incidents", .right), Table.Column("AS@1", .right),
                Table.Column("AS@3", .right), Table.Column("AS@5", .right),
                Table.Column("none named", .right, dropOrder: 1),
            ]
            + others.enumerated().map { place, method in
                Table.Column("AS@1 \(method.shortTitle)", .right, dropOrder: 2 + place)
            }
        let rows = groups.map { group -> [StyledText] in
            [
                StyledText(group.name, .accent), StyledText(NumberText.count(group.cases)),
                StyledText(percent(\.as1, group), .strong), StyledText(percent(\.as3, group)),
                StyledText(percent(\.as5, group)), StyledText(NumberText.count(group.unnamed), .muted),
            ] + others.map { StyledText(percent(\.as1, group, of: $0), .muted) }
        }
        return Table(columns: columns, rows: rows)
    }

    private var misses: Table {
        Table(
            columns: [
                Table.Column("incident", minimumWidth: 12), Table.Column("at fault", minimumWidth: 8),
                Table.Column("rank", .right), Table.Column("first instead", minimumWidth: 8),
                Table.Column("named", minimumWidth: 5, dropOrder: 1),
            ],
            rows: report.misses.map { miss in
                [
                    StyledText(Self.readable(miss.name)), Self.culprits(miss), Self.rank(miss),
                    StyledText(Self.readable(miss.answer(.clew)?.top.first), .accent),
                    StyledText(Self.readable(miss.cause), .muted),
                ]
            })
    }

    private var details: Table {
        Table(
            columns: [
                Table.Column("incident", minimumWidth: 12), Table.Column("fault", dropOrder: 2),
                Table.Column("beside it", dropOrder: 3), Table.Column("at fault", minimumWidth: 8),
                Table.Column("rank", .right), Table.Column("blamed, the most first", minimumWidth: 12),
                Table.Column("named", minimumWidth: 5, dropOrder: 1),
            ],
            rows: report.cases.map { item in
                [
                    StyledText(Self.readable(item.name)), StyledText(Self.readable(item.truth.fault)),
                    StyledText(Self.readable((item.truth.noise ?? []).joined(separator: " ")), .muted),
                    Self.culprits(item), item.isFaulty ? Self.rank(item) : StyledText("–", .muted),
                    StyledText(Self.readable((item.answer(.clew)?.top ?? []).prefix(3).joined(separator: ", "))),
                    StyledText(Self.readable(item.cause), item.isFaulty ? .muted : .plain),
                ]
            })
    }

    // MARK: - Cells

    private static func culprits(_ item: EvaluatedCase) -> StyledText {
        StyledText(readable(item.truth.culprits.joined(separator: ", ")), .accent)
    }

    private static func rank(_ item: EvaluatedCase) -> StyledText {
        guard let rank = item.answer(.clew)?.rank else { return StyledText("–", .error) }
        return StyledText(NumberText.count(rank), rank == 1 ? .good : .error)
    }

    private static func percent(
        _ figure: KeyPath<EvaluationReport.Accuracy, Double>, _ group: EvaluationReport.Group,
        of method: EvaluationMethod = .clew
    ) -> String {
        group.accuracy(method).map { NumberText.percent($0[keyPath: figure]) } ?? "–"
    }

    /// Names may be of any length.
    private static func readable(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "–" }
        return String(text.prefix(200))
    }
}
