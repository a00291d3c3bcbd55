import ClewModel
import Testing

@Suite("Severity")
struct SeverityTests {
    @Test("each severity spans four numbers")
    func ranges() {
        for (index, severity) in Severity.allCases.enumerated() {
            for number in (index * 4 + 1)...(index * 4 + 4) {
                #expect(Severity(number: UInt8(number)) == severity)
            }
        }
        for number: UInt8 in [0, 25, 255] { #expect(Severity(number: number) == nil) }
    }

    @Test("the text is read back in any case", arguments: Severity.allCases)
    func text(severity: Severity) {
        #expect(Severity(text: severity.text) == severity)
        #expect(Severity(text: severity.text.lowercased()) == severity)
        #expect(Severity(text: severity.text + "x") == nil)
    }

    @Test("severities are ordered by how bad they are")
    func order() {
        #expect(Severity.allCases == Severity.allCases.sorted())
        #expect(Severity.warn < Severity.error)
    }
}
