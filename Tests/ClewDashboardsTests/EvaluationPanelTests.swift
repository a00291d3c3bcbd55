import ClewAnalysis
import ClewDashboards
import Testing

@Suite("Evaluation panel")
struct EvaluationPanelTests {
    private static func answered(
        _ fault: String, _ service: String, rank: Int?, first: String, cause: String? = nil
    ) -> EvaluatedCase {
        let services = fault == IncidentTruth.noFault ? [] : [service]
        return EvaluatedCase(
            name: "online-boutique-2022-08-23/1218-\(service)-\(fault)",
            truth: IncidentTruth(system: "online-boutique", fault: fault, services: services, noise: ["skew"]),
            cause: cause,
            answers: EvaluationMethod.allCases.map {
                EvaluatedCase.Answer(
                    method: $0, top: [first, "frontend", "cartservice"], rank: $0 == .clew ? rank : nil)
            })
    }

    private static let report = EvaluationReport([
        answered("cpu_consumed", "frontend", rank: 1, first: "frontend", cause: "frontend"),
        answered("network_delay", "cartservice", rank: 1, first: "cartservice", cause: "cartservice"),
        answered("network_delay", "shippingservice", rank: 2, first: "checkoutservice", cause: "checkoutservice"),
        answered("return", "adservice", rank: nil, first: "frontend"),
        answered("none", "nobody", rank: nil, first: "frontend"),
    ])

    @Test(
        "no line is wider than the width, and ASCII is all that ASCII output holds", arguments: [39, 80, 120, 200])
    func width(width: Int) {
        for panel in [EvaluationPanel(Self.report), EvaluationPanel(Self.report, isDetailed: true)] {
            for charset in Charset.allCases {
                let text = panel.render(RenderOptions(charset: charset, width: width))
                #expect(text.split(separator: "\n").allSatisfy { PrintableText.width($0) <= width })
                if charset == .ascii {
                    #expect(text.utf8.allSatisfy { $0 < 0x80 })
                    #expect(!text.contains("?"))
                }
            }
        }
    }

    @Test("the verdict says how often the service at fault came first, and how often there was nothing to find")
    func verdict() {
        let text = EvaluationPanel(Self.report).render(RenderOptions(width: 400))
        #expect(
            text.hasPrefix(
                "The service at fault came first in 2 of 4 incidents (50 %), among the first three in 3. "
                    + "In 1 of them no cause was named. No false alarm in 1 window without a fault.\n"))
        #expect(EvaluationPanel(EvaluationReport([])).render(RenderOptions()) == "There are no incidents.\n")
    }

    @Test("misses are told with what was named instead, and every incident where details are asked for")
    func misses() {
        let options = RenderOptions(format: .markdown)
        let text = EvaluationPanel(Self.report).render(options)
        #expect(text.contains("| shippingservice | **2** | checkoutservice | checkoutservice |"))
        #expect(text.contains("| adservice | **–** | frontend | – |"))
        #expect(text.contains("without return"))
        #expect(!text.contains("## all incidents"))
        let details = EvaluationPanel(Self.report, isDetailed: true).render(options)
        #expect(details.contains("## all incidents"))
        #expect(details.contains("frontend, frontend, cartservice"))
    }

    @Test("a false alarm is told with what was named")
    func falseAlarm() {
        let report = EvaluationReport([
            Self.answered("none", "nobody", rank: nil, first: "frontend", cause: "frontend")
        ])
        let text = EvaluationPanel(report).render(RenderOptions(width: 120))
        #expect(text.hasPrefix("1 false alarm in 1 window without a fault.\n"))
        #expect(text.contains("-nobody-none: frontend"))
    }
}
