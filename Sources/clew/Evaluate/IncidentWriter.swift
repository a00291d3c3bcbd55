import ClewAnalysis
import ClewDashboards
import ClewModel
import ClewWire
import Foundation

/// Writes incidents in the form that ``IncidentDirectory`` reads, for other tools to be measured on them.
struct IncidentWriter {
    /// Spans or records in one document, which is one line: readers take a line at a time.
    private static let batch = 5000

    private let root: URL

    /// - Parameter path: A directory that is empty, or is made: what were left of others would be counted too.
    init(_ path: String) throws(Failure) {
        root = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        try Self.make(root)
        let entries: [String]
        do {
            entries = try FileManager.default.contentsOfDirectory(atPath: root.path)
        } catch {
            throw Failure(.failed, "cannot list '\(path)': \(error.localizedDescription)")
        }
        guard entries.isEmpty else { throw Failure(.usage, "--write: '\(path)' is not empty; name a new directory") }
    }

    func write(_ incident: Incident) throws(Failure) {
        let directory = root.appending(path: incident.name, directoryHint: .isDirectory)
        try Self.make(directory)
        try write(incident.before, IncidentDirectory.baseline, to: directory.deletingLastPathComponent())
        try write(incident.now, IncidentDirectory.incident, to: directory)
        var truth = incident.truth
        truth.injectedAt = "\(TimeText.date(incident.start)) \(TimeText.second(incident.start))"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let label: Data
        do {
            label = try encoder.encode(truth)
        } catch {
            throw Failure(.failed, "the label of \(incident.name) cannot be written as JSON: \(error)")
        }
        try Self.write(label + Data([UInt8(ascii: "\n")]), to: directory.appending(path: IncidentDirectory.truth))
    }

    private func write(_ side: Incident.Side, _ name: String, to directory: URL) throws(Failure) {
        // By process, since what comes from one shares a resource.
        let spans = side.spans.sorted {
            (Self.process($0.resource), $0.start, $0.spanID) < (Self.process($1.resource), $1.start, $1.spanID)
        }
        let records = side.records.sorted {
            (Self.process($0.resource), $0.time, $0.spanID ?? .invalid)
                < (Self.process($1.resource), $1.time, $1.spanID ?? .invalid)
        }
        let traces = Self.batches(spans).map { OTLP.encode($0) }
        try Self.write(traces, .traces, to: directory.appending(path: IncidentDirectory.traces(name)))
        guard !records.isEmpty else { return }
        let logs = Self.batches(records).map { OTLP.encode($0) }
        try Self.write(logs, .logs, to: directory.appending(path: IncidentDirectory.logs(name)))
    }

    private static func process(_ resource: Resource) -> String {
        resource.serviceName + " " + (resource.attributes.firstString(of: SemanticConventions.serviceInstanceID) ?? "")
    }

    private static func batches<Item>(_ items: [Item]) -> [[Item]] {
        stride(from: 0, to: items.count, by: batch).map { Array(items[$0..<min($0 + batch, items.count)]) }
    }

    // MARK: - Files

    /// Messages as lines of OTLP JSON, compressed.
    private static func write(_ messages: [[UInt8]], _ kind: OTLPMessage, to file: URL) throws(Failure) {
        let bytes: [UInt8]
        do throws(WireError) {
            var lines: [UInt8] = []
            for message in messages {
                lines += try OTLPJSON.fromProtobuf(message, kind)
                lines.append(UInt8(ascii: "\n"))
            }
            // zlib's own level: such files are kept.
            bytes = try Gzip.compress(lines, level: 6)
        } catch {
            throw Failure(.failed, "\(file.path) cannot be encoded: \(error)")
        }
        try write(Data(bytes), to: file)
    }

    private static func write(_ data: Data, to file: URL) throws(Failure) {
        do {
            try data.write(to: file)
        } catch {
            throw Failure(.failed, "cannot write '\(file.path)': \(error.localizedDescription)")
        }
    }

    private static func make(_ directory: URL) throws(Failure) {
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw Failure(.failed, "cannot make the directory '\(directory.path)': \(error.localizedDescription)")
        }
    }
}
