import ClewAnalysis
import Foundation

/// Labelled incidents on disk:
///
/// ```
/// <system>-<day>/baseline.traces.jsonl.gz, baseline.logs.jsonl.gz
/// <system>-<day>/<case>/incident.traces.jsonl.gz, incident.logs.jsonl.gz, truth.json
/// ```
///
/// Logs may be absent.
struct IncidentDirectory {
    /// Incidents that share the telemetry of the time before them.
    struct Day {
        var url: URL
        /// In the order of their names.
        var cases: [Case]
    }

    struct Case {
        /// `<system>-<day>/<case>`.
        var name: String
        var url: URL
        var truth: IncidentTruth
    }

    static let baseline = "baseline"
    static let incident = "incident"
    static let truth = "truth.json"
    /// A label is a few lines; more than this is none.
    private static let maximumTruth = 1 << 20

    /// In the order of their names.
    let days: [Day]

    var caseCount: Int { days.reduce(0) { $0 + $1.cases.count } }

    /// Reads the labels below a directory, which may also be that of one day.
    init(_ path: String) throws(Failure) {
        let root = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        var days: [Day] = []
        for url in try [root] + Self.entries(of: root) where Self.exists(Self.traces(Self.baseline), in: url) {
            var cases: [Case] = []
            for directory in try Self.entries(of: url) where Self.exists(Self.truth, in: directory) {
                let name = "\(url.lastPathComponent)/\(directory.lastPathComponent)"
                cases.append(Case(name: name, url: directory, truth: try Self.readTruth(directory)))
            }
            days.append(Day(url: url, cases: cases))
        }
        self.days = days
        guard caseCount > 0 else {
            let expected = "DAY/\(Self.traces(Self.baseline)) and DAY/CASE/\(Self.truth)"
            throw Failure(.nothingFound, "no incidents below '\(path)': expected \(expected) in it")
        }
    }

    /// One window, of the files that begin with `name`.
    static func side(_ name: String, in directory: URL) throws(Failure) -> Incident.Side {
        let spans = try FileSource(path: directory.appending(path: traces(name)).path).allSpans
        guard exists(logs(name), in: directory) else { return Incident.Side(spans: spans) }
        let records = try FileSource(path: directory.appending(path: logs(name)).path).allRecords
        return Incident.Side(spans: spans, records: records)
    }

    static func traces(_ name: String) -> String { "\(name).traces.jsonl.gz" }
    static func logs(_ name: String) -> String { "\(name).logs.jsonl.gz" }

    private static func exists(_ name: String, in directory: URL) -> Bool {
        FileManager.default.fileExists(atPath: directory.appending(path: name).path)
    }

    /// What a directory holds, in the order of names; what is no directory has no files below it.
    private static func entries(of url: URL) throws(Failure) -> [URL] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: url.path)
        } catch {
            throw Failure(.failed, "cannot list '\(url.path)': \(error.localizedDescription)")
        }
        return names.sorted().map { url.appending(path: $0, directoryHint: .isDirectory) }
    }

    private static func readTruth(_ directory: URL) throws(Failure) -> IncidentTruth {
        let path = directory.appending(path: truth).path
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw Failure(unreadable: path, error)
        }
        guard data.count <= maximumTruth else { throw Failure(.failed, "\(path) is larger than \(maximumTruth) bytes") }
        do {
            return try JSONDecoder().decode(IncidentTruth.self, from: data)
        } catch {
            throw Failure(.failed, "\(path) is no label: it needs at least 'system' and 'fault' as texts (\(error))")
        }
    }
}
