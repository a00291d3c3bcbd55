import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about sagas")
struct DataRuleTestsSagas {
    // MARK: - missing-compensation

    @Test("a step stays done though a later one failed for good")
    func missingCompensation() throws {
        let finding = try #require(BrokenData.refusedReservations().findings(of: "missing-compensation").first)
        #expect(finding.place == "saga checkout step charge")
        #expect(finding.services == ["orders"])
        // The saga says that it compensated, and no other shows that the step has something to undo.
        #expect(finding.confidence == .likely)
        #expect((finding.occurrences, finding.population) == (6, 6))
        #expect(finding.cost == Finding.Cost(errors: 6))
        #expect(finding.evidence.first?.note == "o-1/checkout: charge done")
    }

    @Test("another end than compensated, or a compensation of the step in another saga, makes it certain")
    func certainty() {
        let parked = BrokenData.refusedReservations(state: "parked")
        #expect(parked.findings(of: "missing-compensation").map(\.confidence) == [.certain])
        var other = AuditTraceBuilder(90, at: 900)
        other.server("orders", "POST /orders") {
            $0.step("charge", of: "checkout", "o-90/checkout")
            $0.step("charge", of: "checkout", "o-90/checkout", "compensate")
        }
        let traces = BrokenData.refusedReservations() + [other.trace]
        #expect(traces.findings(of: "missing-compensation").map(\.confidence) == [.certain])
    }

    @Test("a saga without a recorded state is over when it has not moved for ten seconds")
    func grace() {
        let traces = BrokenData.refusedReservations(state: nil)
        #expect(traces.findings(of: "missing-compensation").isEmpty)
        func later(_ milliseconds: Double) -> [AuditTrace] {
            var late = AuditTraceBuilder(99, at: milliseconds)
            late.server("orders", "GET /orders")
            return traces + [late.trace]
        }
        #expect(later(9_900).findings(of: "missing-compensation").isEmpty)
        #expect(later(10_500).findings(of: "missing-compensation").map(\.occurrences) == [6])
        #expect(later(10_500).findings(of: "missing-compensation", ["grace-ms": 20_000]).isEmpty)
    }

    @Test("a first step that fails, a repetition that succeeds, a compensation and a saga on its way are harmless")
    func harmless() {
        let traces = AuditTraceBuilder.traces(40) { builder, number in
            let id = "o-\(number)/checkout"
            let isRunning = number % 4 == 3
            builder.server("orders", "POST /orders") {
                $0.saga("checkout", id, state: isRunning ? "running" : "compensated") {
                    switch number % 4 {
                    case 0: $0.step("charge", of: "checkout", id, fails: true)
                    case 1:
                        $0.step("charge", of: "checkout", id)
                        $0.step("reserve", of: "checkout", id, fails: true)
                        $0.step("reserve", of: "checkout", id, attempt: 2)
                    case 2:
                        $0.step("charge", of: "checkout", id)
                        $0.step("reserve", of: "checkout", id, fails: true)
                        $0.step("charge", of: "checkout", id, "compensate")
                    default:
                        $0.step("charge", of: "checkout", id)
                        $0.step("reserve", of: "checkout", id, fails: true)
                    }
                }
            }
        }
        let findings = traces.findings(of: "missing-compensation")
        #expect(findings.isEmpty, "\(findings)")
    }

    // MARK: - stuck-saga

    @Test("sagas that began and did not end are stuck")
    func stuckSagas() throws {
        let finding = try #require(BrokenData.crashes().findings(of: "stuck-saga").first)
        #expect(finding.place == "saga checkout")
        #expect(finding.services == ["orders"])
        #expect(finding.confidence == .likely)
        #expect((finding.occurrences, finding.population) == (3, 8))
        #expect(finding.cost == Finding.Cost(errors: 3))
        #expect(finding.summary.contains("21.0s"))
        #expect(finding.evidence.count == 3)
    }

    @Test("a saga is not stuck while others of its name take half as long")
    func slowSagas() {
        func traces(_ milliseconds: Double) -> [AuditTrace] {
            var slow = AuditTraceBuilder(50)
            slow.saga("checkout", "slow", state: "completed") { $0.wait(milliseconds) }
            return BrokenData.crashes() + [slow.trace]
        }
        #expect(traces(12_000).findings(of: "stuck-saga").isEmpty)
        #expect(traces(8_000).findings(of: "stuck-saga").map(\.occurrences) == [2])
        #expect(traces(12_000).findings(of: "stuck-saga", ["factor": 0]).map(\.occurrences) == [3])
    }

    @Test("a saga without a coordinator that stops between two services is stuck")
    func choreography() {
        let traces = AuditTraceBuilder.traces(8, every: 3000) { builder, number in
            let id = "o-\(number)/return"
            builder.server("orders", "POST /orders/{id}/return") { $0.choreograph("return", id, state: "running") }
            builder.wait(200)
            builder.consume("orders", message: "m-\(number)", by: "shipping") {
                $0.choreograph("return", id, step: "receive", state: number > 2 ? "completed" : nil)
            }
        }
        let findings = traces.findings(of: "stuck-saga")
        #expect(findings.map(\.place) == ["saga return"])
        #expect(findings.map(\.services) == [["orders", "shipping"]])
        #expect(findings.map(\.occurrences) == [2])
    }

    @Test("a parked saga, one repeated after its end, and one that began before the window are not stuck")
    func harmlessSagas() {
        var traces = AuditTraceBuilder.traces(10, every: 3000) { builder, number in
            builder.saga("checkout", "o-\(number)", state: number % 2 == 0 ? "parked" : "compensated")
        }
        var repeated = AuditTraceBuilder(50, at: 9000)
        repeated.consume("orders", message: "m", by: "shipping", delivery: 2) {
            $0[SemanticConventions.inboxOutcome] = "duplicate"
            $0.choreograph("return", "o-0/return", step: "receive")
        }
        var begun = AuditTraceBuilder(51, at: 3100)
        begun.server("orders", "POST /orders") { $0.step("charge", of: "checkout", "o-0") }
        traces += [repeated.trace, begun.trace]
        let findings = traces.findings(of: "stuck-saga")
        #expect(findings.isEmpty, "\(findings)")
    }
}
