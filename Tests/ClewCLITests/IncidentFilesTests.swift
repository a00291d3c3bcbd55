import ClewAnalysis
import ClewModel
import Foundation
import Testing

@testable import clew_cli

@Suite("Labelled incidents on disk")
struct IncidentFilesTests {
    private static let incidents = SyntheticIncidents(seed: 9, requests: 30...40)

    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "clew-incidents-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.path)
    }

    @Test("what is written is read again, with its label")
    func roundTrip() throws {
        let written = [Self.incidents.incident(0), Self.incidents.incident(14)]
        try Self.withDirectory { path in
            let writer = try IncidentWriter(path)
            for incident in written { try writer.write(incident) }
            let directory = try IncidentDirectory(path)
            #expect(directory.caseCount == 2)
            #expect(directory.days.flatMap(\.cases).map(\.name) == written.map(\.name))
            for (day, incident) in zip(directory.days, written) {
                let item = try #require(day.cases.first)
                #expect(item.truth.culprits == incident.truth.culprits)
                #expect(item.truth.injectedAt?.hasPrefix("2026-01-01") == true)
                let before = try IncidentDirectory.side(IncidentDirectory.baseline, in: day.url)
                let now = try IncidentDirectory.side(IncidentDirectory.incident, in: item.url)
                #expect(Set(before.spans) == Set(incident.before.spans))
                #expect(Set(now.spans) == Set(incident.now.spans))
                #expect(Set(now.records) == Set(incident.now.records))
            }
        }
    }

    @Test("a directory of one day is read too, and logs may be missing")
    func oneDay() throws {
        try Self.withDirectory { path in
            try IncidentWriter(path).write(Self.incidents.incident(0))
            let day = try #require(try IncidentDirectory(path).days.first)
            let logs = day.url.appending(path: IncidentDirectory.logs(IncidentDirectory.baseline))
            try FileManager.default.removeItem(at: logs)
            let directory = try IncidentDirectory(day.url.path)
            #expect(directory.caseCount == 1)
            let before = try IncidentDirectory.side(IncidentDirectory.baseline, in: day.url)
            #expect(before.records.isEmpty && !before.spans.isEmpty)
        }
    }

    @Test("a label without a fault, a missing window and an empty directory say what is wrong")
    func wrong() throws {
        try Self.withDirectory { path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let empty = #expect(throws: Failure.self) { try IncidentDirectory(path) }
            #expect(empty?.code == .nothingFound)
            let missing = #expect(throws: Failure.self) { try IncidentDirectory(path + "/none") }
            #expect(missing?.code == .failed)
            try IncidentWriter(path).write(Self.incidents.incident(0))
            let again = #expect(throws: Failure.self) { try IncidentWriter(path) }
            #expect(again?.code == .usage)
            let item = try #require(try IncidentDirectory(path).days.first?.cases.first)
            let label = item.url.appending(path: IncidentDirectory.truth)
            try Data(#"{"system": "shop"}"#.utf8).write(to: label)
            let unlabelled = #expect(throws: Failure.self) { try IncidentDirectory(path) }
            #expect(unlabelled?.message.contains(IncidentDirectory.truth) == true)
        }
    }
}

@Suite("Accuracy on real incidents")
struct IncidentAccuracyTests {
    /// Incidents are not part of the project: see docs/accuracy.md for where they are from.
    private static let path = ProcessInfo.processInfo.environment["CLEW_INCIDENTS"].flatMap { $0.isEmpty ? nil : $0 }

    @Test(
        "the service at fault is named first more often than by any simple method",
        .enabled(if: path != nil, "CLEW_INCIDENTS does not name a directory of labelled incidents"))
    func accuracy() throws {
        let path = try #require(Self.path)
        var cases: [EvaluatedCase] = []
        for day in try IncidentDirectory(path).days {
            let before = EvaluationWindow(try IncidentDirectory.side(IncidentDirectory.baseline, in: day.url))
            for item in day.cases {
                let now = EvaluationWindow(try IncidentDirectory.side(IncidentDirectory.incident, in: item.url))
                cases.append(Evaluation.evaluate(item.name, item.truth, now: now, before: before))
            }
        }
        let report = EvaluationReport(cases)
        let misses = report.misses.map { "\($0.name): \($0.answer(.clew)?.top ?? [])" }.joined(separator: "\n")
        for system in report.bySystem {
            let clew = try #require(system.accuracy(.clew))
            #expect(clew.as1 >= 0.7, "\(system.name):\n\(misses)")
            for other in system.accuracies where other.method != .clew {
                #expect(clew.as1 > other.as1, "\(system.name), \(other.method.title)")
            }
        }
    }
}
