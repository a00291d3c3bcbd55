import ClewDashboards
import Testing

/// What holds for the form of every panel.
enum PanelForm {
    /// No line is wider than the width, and ASCII output holds nothing else.
    static func expectFits(_ panel: any Panel, _ width: Int) {
        for charset in Charset.allCases {
            let text = panel.render(RenderOptions(charset: charset, width: width))
            #expect(text.split(separator: "\n").allSatisfy { PrintableText.width($0) <= width })
            if charset == .ascii {
                #expect(text.utf8.allSatisfy { $0 < 0x80 })
                #expect(!text.contains("?"))
            }
        }
    }

    static func expectANSIIsPlain(_ panel: any Panel, _ width: Int) {
        let ansi = panel.render(RenderOptions(format: .ansi, width: width))
        #expect(ansi.replacing(/\u{1B}\[[0-9;]*m/, with: "") == panel.render(RenderOptions(width: width)))
    }
}
