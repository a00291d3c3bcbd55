import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Journey and saga panels")
struct JourneyPanelTests {
    static let widths = [39, 80, 100, 120, 200]
    private static let panels: [any Panel] = [
        JourneyPanel(SampleJourney.journey, notes: ["cut here"]), SagaPanel(SampleJourney.sagas),
    ]

    private func verdict(_ change: (inout Journey) -> Void) -> String {
        var journey = SampleJourney.journey
        change(&journey)
        return JourneyPanel.verdict(journey).text
    }

    // MARK: - Form

    @Test("no line is wider than the width, and ASCII is all that ASCII output holds", arguments: widths)
    func width(width: Int) {
        for panel in Self.panels { PanelForm.expectFits(panel, width) }
    }

    @Test("ANSI output is plain output with colours", arguments: widths)
    func ansi(width: Int) {
        for panel in Self.panels { PanelForm.expectANSIIsPlain(panel, width) }
    }

    @Test("Markdown has every column in a table")
    func markdown() {
        let text = JourneyPanel(SampleJourney.journey).render(RenderOptions(format: .markdown))
        #expect(text.contains("| at |   | service | what | work | waited | note |"))
        #expect(text.contains("| ---: | --- | --- | --- | ---: | ---: | --- |"))
    }

    // MARK: - Journey

    @Test("the verdict says what became of it, how long it took, how long it waited, and why")
    func verdicts() {
        #expect(
            verdict { _ in }
                == "Order o-17 was refused and undone in 2.31s, 1.84s of it waiting: "
                + "reserve failed (out of stock); charge was undone.")
        #expect(
            verdict { journey in
                journey.outcome = .completed
                journey.orders[0].state = "confirmed"
                journey.totals.waiting = 0
            } == "Order o-17 was confirmed in 2.31s, without waiting.")
        #expect(
            verdict { journey in
                journey.outcome = .refused
                journey.sagas[0].undone = []
            }
                == "Order o-17 was refused in 2.31s, 1.84s of it waiting: "
                + "reserve failed (out of stock); nothing had to be undone.")
        #expect(
            verdict { journey in
                journey.outcome = .failed
                journey.orders = []
                journey.sagas = []
            }.hasPrefix("POST /checkout failed after 2.31s, "))
        #expect(verdict { $0.outcome = .parked }.hasSuffix("charge was undone; somebody has to repair it."))
        #expect(
            verdict { journey in
                journey.outcome = .pending
                journey.sagas[0].state = .running
                journey.sagas[0].failedStep = nil
            }.contains("is not finished after 2.31s, 1.84s of it waiting: saga checkout got to charge and "))
    }

    @Test("a journey of several orders names them with their states")
    func severalOrders() {
        let text = verdict { $0.orders.append(Journey.Order(id: "o-18", state: "confirmed")) }
        #expect(text.hasPrefix("A journey of 2 orders (o-17 refused, o-18 confirmed) "))
    }

    @Test("a compensation and the step that it undoes name each other, at every width", arguments: [80, 100, 120, 200])
    func compensation(width: Int) throws {
        let lines = JourneyPanel(SampleJourney.journey).render(RenderOptions(width: width)).split(separator: "\n")
        let undoing = try #require(lines.first { $0.hasPrefix(" +150ms") })
        #expect(undoing.contains("↩ +20.0ms charge"))
        if width >= 120 {
            #expect(lines.contains { $0.contains("execute charge") && $0.contains("undone at +150ms") })
        }
    }

    @Test("steps tell attempts, batches, outboxes, duplicates and sums; then what is pending, and commands to paste")
    func details() throws {
        let text = JourneyPanel(SampleJourney.journey, notes: ["cut here"], sourceFlags: " --file a.json")
            .render(RenderOptions(width: 200))
        for part in [
            "→ catalog GET /products/{id} ×24", "OrderCancelled → orders", "from the outbox",
            "duplicate dropped, delivery 2", "its share of a batch of 20", "saga checkout o-17: compensated in 310ms",
            "pending: PaymentRefunded sent to payments, received by nobody, since ", "(+420ms)", "! cut here",
            "… 3 more steps not shown", "order o-17 · correlation 7d1c2f · ",
            "begins: clew trace 00000000000000a10000000000000001 --file a.json",
            "waited longest: clew trace 00000000000000a10000000000000004 --file a.json",
            "logs: clew logs --attribute correlation.id=7d1c2f --file a.json",
        ] {
            #expect(text.contains(part))
        }
        let pending = try #require(text.firstRange(of: "pending: "))
        let command = try #require(text.firstRange(of: "begins: "))
        #expect(pending.lowerBound < command.lowerBound)
    }

    @Test("a correlation id that a shell would take for a command is not put into one")
    func hostileIDs() {
        var journey = SampleJourney.journey
        journey.correlationIDs = ["x;reboot"]
        #expect(!JourneyPanel(journey).render(RenderOptions()).contains("clew logs"))
    }

    @Test("an empty journey and an empty report say so in a sentence")
    func empty() {
        #expect(JourneyPanel(Journey()).render(RenderOptions()) == "The journey has no steps.\n")
        #expect(SagaPanel(SagaReport(from: 0, to: 1)).render(RenderOptions()) == "No sagas in this time.\n")
    }

    // MARK: - Sagas

    @Test("the sagas' sentence counts the stuck and parked first")
    func sagaSentence() {
        let text = SagaPanel(SampleJourney.sagas).render(RenderOptions(width: 200))
        #expect(
            text.hasPrefix("Of 427 sagas 2 are stuck and 1 is parked; 411 completed, 12 compensated, 1 running.\n"))
        #expect(text.contains("\nlook: clew journey 00000000000000a10000000000000005\n"))
    }

    @Test("sagas without an end past the limit are counted")
    func sagaLimit() {
        let text = SagaPanel(SampleJourney.sagas, limit: 1).render(RenderOptions())
        #expect(text.contains("… 3 more sagas without an end"))
        #expect(!text.contains("o-44"))
    }
}
