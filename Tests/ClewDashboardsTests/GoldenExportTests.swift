import ClewAnalysis
import ClewDashboards
import ClewModel
import Foundation
import Testing

/// The exports in `Dashboards/Exports` are what users see: a change to them is a change to review.
@Suite("Golden exports")
struct GoldenExportTests {
    static let names = [
        "overview", "red", "service", "slow", "trace", "unusual-trace", "map", "journey", "sagas", "audit",
        "audit-none", "path", "path-groups", "diff", "diff-same",
    ]
    static let formats: [(extension: String, format: OutputFormat, charset: Charset)] = [
        ("txt", .plain, .unicode), ("md", .markdown, .unicode), ("ansi", .ansi, .unicode),
        ("ascii.txt", .plain, .ascii),
    ]

    static let cases = names.flatMap { name in formats.map { "\(name).\($0.extension)" } }

    @Test("every export of the sample shop is as recorded", arguments: cases)
    func export(file: String) throws {
        let name = String(file.prefix { $0 != "." })
        let format = try #require(Self.formats.first { file == "\(name).\($0.extension)" })
        let options = RenderOptions(format: format.format, charset: format.charset, width: 100)
        try Self.expect(try Self.text(name, options), isRecordedAs: file)
    }

    static func expect(_ text: String, isRecordedAs file: String) throws {
        let url = directory.appending(path: file)
        if ProcessInfo.processInfo.environment["CLEW_UPDATE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: url)
        }
        let recorded = (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) }
        #expect(
            recorded == text,
            """
            Dashboards/Exports/\(file) differs. If the change is meant, record it and review the diff:
            CLEW_UPDATE_GOLDEN=1 swift test --filter ClewDashboardsTests
            """)
    }

    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Dashboards/Exports").standardized

    static let data = SampleShop.shared.data

    static func text(_ name: String, _ options: RenderOptions) throws -> String {
        switch name {
        case "slow": return SlowPanel(try #require(data.slow.first)).render(options)
        case "trace": return WaterfallPanel(try #require(data.trace), spans: data.spans).render(options)
        case "unusual-trace":
            return WaterfallPanel(UnusualTrace.trace, spans: UnusualTrace.spans, logs: UnusualTrace.logs)
                .render(options)
        case "audit": return AuditPanel(SampleAudit.report, limit: 2).render(options)
        case "audit-none":
            var report = SampleAudit.report
            (report.findings, report.silenced, report.keptShare) = ([], [], 1)
            return AuditPanel(report).render(options)
        case "path": return PathPanel([SampleProfile.now]).render(options)
        case "path-groups":
            return PathPanel(SampleProfile.groups, by: SampleProfile.attribute, limit: 12).render(options)
        case "diff": return DiffPanel(SampleProfile.diffs, before: "1.0.0", now: "1.1.0").render(options)
        case "diff-same":
            return DiffPanel(SampleProfile.same, before: "before.json", now: "after.json").render(options)
        case "journey": return JourneyPanel(SampleJourney.journey).render(options)
        case "sagas": return SagaPanel(SampleJourney.sagas).render(options)
        case "map": return MapPanel(try #require(data.map)).render(options)
        default:
            let dashboard = Dashboard(try BuiltinDashboards.definition(name))
            return try dashboard.render(
                data: data, from: SampleShop.from, to: SampleShop.to,
                variables: name == "service" ? ["service": "orders"] : [:], options: options)
        }
    }
}
