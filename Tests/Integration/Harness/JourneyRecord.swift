import Foundation
import Testing

/// The text of a journey without what is different at each run: ids, times, and the order in which services that listen
/// to the same event had it.
///
/// Left out are messages that came twice and the digest, which takes as many at once as there are.
enum JourneyRecord {
    private static let events = [
        "OrderPlaced", "OrderConfirmed", "OrderCancelled", "ReturnRequested", "ReturnReceived", "ItemsRestocked",
        "PaymentRefunded",
    ]
    private static let leftOut = ["begins:", "waited longest:", "logs:", "───", "process orders", "duplicate dropped"]
    private static let directory = Program.repository.appending(path: "Tests/Integration/Journeys")
    private static let isRecording = ProcessInfo.processInfo.environment["CLEW_UPDATE_GOLDEN"] == "1"

    /// Expects a journey to read as it is recorded in `Journeys/NAME.txt`.
    static func expect(_ name: String, _ text: () async throws -> String) async throws {
        let url = directory.appending(path: "\(name).txt")
        if isRecording { try Data((normalized(try await text()) + "\n").utf8).write(to: url) }
        let recorded = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        // The last spans of a journey may be on their way.
        let isSame = try? await eventually("the journey is as recorded", within: 20) {
            normalized(try await text()) + "\n" == recorded ? true : nil
        }
        guard isSame == nil else { return }
        let now = normalized(try await text())
        #expect(
            now + "\n" == recorded,
            """
            Tests/Integration/Journeys/\(name).txt differs. If the change is meant, record it and review the diff:
            CLEW_UPDATE_GOLDEN=1 swift test --filter ShopTests
            """)
    }

    /// The steps of the request first, in their order, then those of messages, sorted.
    static func normalized(_ text: String) -> String {
        let lines = withoutIDs(text).split(separator: "\n").map { line in
            line.split(separator: " ").map { withoutTime($0) }.joined(separator: " ")
        }
        let kept = lines.filter { line in !line.isEmpty && !leftOut.contains { line.contains($0) } }
        let isMessage = { (line: String) in events.contains { line.contains($0) } }
        let messages = kept.filter(isMessage).map { $0.hasPrefix("+D ") ? String($0.dropFirst(3)) : $0 }
        return (kept.filter { !isMessage($0) } + messages.sorted()).joined(separator: "\n")
    }

    private static func withoutIDs(_ text: String) -> String {
        text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "ID")
            .replacing(/[0-9a-f]{32}/, with: "ID")
            .replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+/, with: "T")
            .replacing(/correlation ID(?:, ID)*(?: and [0-9]+ more)?/, with: "correlation ID")
            .replacing(/[0-9]+ steps/, with: "N steps")
            .replacing(/[0-9]+ traces/, with: "N traces")
    }

    /// A word, in which `D` stands for a duration.
    private static func withoutTime(_ word: Substring) -> String {
        let sign = word.hasPrefix("+") ? "+" : ""
        let rest = word.dropFirst(sign.count)
        let end = rest.last.map { ".,:;".contains($0) } == true ? String(rest.suffix(1)) : ""
        let isDuration = rest.dropLast(end.count).wholeMatch(of: /0|[0-9]+m[0-9]+s|[0-9]+(?:\.[0-9]+)?(?:ns|µs|ms|s)/)
        return isDuration == nil ? String(word) : "\(sign)D\(end)"
    }
}
