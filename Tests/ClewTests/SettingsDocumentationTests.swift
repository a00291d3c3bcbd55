import ClewModel
import Foundation
import Testing

@Suite("The page of the settings")
struct SettingsDocumentationTests {
    @Test("every variable that is read is documented, and every documented one is read")
    func documentation() throws {
        let document = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/configuration.md")
        let text = try String(contentsOf: document, encoding: .utf8)
        let section = try #require(text.components(separatedBy: "# Settings of the library").last)
        let documented = section.split(separator: "\n").compactMap { line in
            line.hasPrefix("| `") ? line.split(separator: "`").dropFirst().first.map(String.init) : nil
        }
        #expect(documented.count == Set(documented).count)
        // One row stands for a variable and for those of the single signals.
        let variables = ConfigurationTests.variables
        let read = variables.map { name in
            let common = Signal.allCases.reduce(name) {
                $0.replacing("EXPORTER_OTLP_\($1.rawValue.uppercased())_", with: "EXPORTER_OTLP_")
            }
            return variables.contains(common) ? common : name
        }
        #expect(Set(documented).subtracting(read) == [])
        #expect(Set(read).subtracting(documented) == [])
    }
}
