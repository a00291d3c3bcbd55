import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel
import Foundation

struct DashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dash",
        abstract: "Render text dashboards.",
        subcommands: [Render.self, List.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the dashboards that come with clew.")

        func run() {
            StandardStreams.write(BuiltinDashboards.names.map { $0 + "\n" }.joined())
        }
    }

    struct Render: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Render a dashboard as text.",
            discussion: """
                  clew dash render overview
                  clew dash render service --set service=orders --format md > orders.md
                """
        )

        @OptionGroup var global: GlobalOptions
        @OptionGroup var window: WindowOptions

        @Argument(help: "A dashboard that comes with clew ('clew dash list'), or a YAML file.")
        var name: String

        @Option(help: "ansi, plain or md. Default: as --color says.")
        var format: Format?

        @Option(name: .customLong("set"), help: "A variable of the dashboard: NAME=VALUE; repeatable.")
        var variables: [String] = []

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case ansi, plain, md

            var output: OutputFormat {
                switch self {
                case .ansi: .ansi
                case .plain: .plain
                case .md: .markdown
                }
            }
        }

        func run() async throws {
            let definition = try definition()
            let values = try values()
            let source = try global.source()
            let time = try window.range(isFile: source.isFile)
            let data = try await data(for: definition.sources, from: source, in: time)
            if global.json { return try Output.json(Answer(data)) }
            if source.isFile, !window.isGiven, data.red?.rows.isEmpty != false, data.map?.nodes.isEmpty != false {
                throw Failure(.nothingFound, "no requests in this file: there is nothing to draw")
            }
            var options = global.renderOptions
            if let format { options.format = format.output }
            // A file is drawn over the time that it holds, not over all time.
            let shown = data.red.map { $0.from..<max($0.from, $0.to) } ?? time
            do {
                let text = try Dashboard(definition).render(
                    data: data, from: shown.lowerBound, to: shown.upperBound, variables: values, options: options)
                StandardStreams.write(text)
            } catch {
                throw Failure(.usage, "\(error)")
            }
        }

        /// What `--json` prints: the data that the dashboard is drawn from.
        private struct Answer: Encodable {
            var red: REDReport?
            var map: ServiceMap?
            var slow: [SlowReport]

            init(_ data: DashboardData) {
                (red, map, slow) = (data.red, data.map, data.slow)
            }
        }

        private func definition() throws(Failure) -> DashboardDefinition {
            do {
                guard name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") else {
                    return try BuiltinDashboards.definition(name)
                }
                return try DashboardDefinition(yaml: String(contentsOfFile: name, encoding: .utf8), file: name)
            } catch let error as DashboardError {
                throw Failure(.usage, "\(error)")
            } catch {
                throw Failure(unreadable: name, error)
            }
        }

        private func values() throws(Failure) -> [String: String] {
            var values: [String: String] = [:]
            for text in variables {
                guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                    throw Failure(.usage, "--set: '\(text)' is not NAME=VALUE")
                }
                values[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            return values
        }

        private func data(
            for sources: Set<PanelDefinition.Source>, from source: any TelemetrySource, in time: Range<UnixNanoseconds>
        ) async throws(Failure) -> DashboardData {
            // RED is always asked for: it tells the time that a file's data covers.
            var data = DashboardData(red: try await source.red(REDQuestion(time: time)))
            if sources.contains(.map) { data.map = try await source.map(time) }
            if sources.contains(.slow) { data.slow = try await source.slow(SlowQuestion(time: time)) }
            return data
        }
    }
}
