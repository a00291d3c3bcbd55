import ClewAnalysis
import Testing

@Suite("Evaluation")
struct EvaluationTests {
    private static func ranking(_ scores: KeyValuePairs<String, Double>) -> EvaluationRanking {
        EvaluationRanking(scores.map { EvaluationRanking.Entry($0.key, $0.value) })
    }

    private static func answered(
        _ fault: String, system: String = "shop", rank: Int?, cause: String? = "orders"
    ) -> EvaluatedCase {
        let services = fault == IncidentTruth.noFault ? [] : ["catalog"]
        let truth = IncidentTruth(system: system, fault: fault, services: services)
        return EvaluatedCase(
            name: "\(system)/\(fault)", truth: truth, cause: cause,
            answers: [
                .init(method: .clew, top: ["orders"], rank: rank), .init(method: .ownTime, top: [], rank: nil),
            ])
    }

    // MARK: - Rank

    @Test("the strongest has rank 1, and who is not blamed has none")
    func rank() {
        let ranking = Self.ranking(["orders": 1, "catalog": 3, "cart": 2])
        #expect(ranking.entries.map(\.service) == ["catalog", "cart", "orders"])
        #expect(ranking.rank(of: ["catalog"]) == 1)
        #expect(ranking.rank(of: ["orders"]) == 3)
        #expect(ranking.rank(of: ["gateway"]) == nil)
        #expect(ranking.rank(of: []) == nil)
    }

    @Test("of equal scores the service at fault comes last, whatever it is called")
    func ties() {
        #expect(Self.ranking(["a": 2, "b": 2, "c": 2]).rank(of: ["a"]) == 3)
        #expect(Self.ranking(["a": 2, "b": 2, "c": 1]).rank(of: ["b"]) == 2)
        #expect(Self.ranking(["a": .nan, "b": .nan]).rank(of: ["a"]) == 2)
        #expect(Self.ranking(["a": .nan, "b": -5]).rank(of: ["b"]) == 1)
    }

    @Test("of two services at fault any will do, and a tie between them costs nothing")
    func several() {
        let ranking = Self.ranking(["a": 3, "b": 3, "c": 2, "d": 1])
        #expect(ranking.rank(of: ["a", "b"]) == 1)
        #expect(ranking.rank(of: ["d", "c"]) == 3)
        #expect(ranking.rank(of: ["d", "a"]) == 2)
    }

    @Test("a label may name one service, several, or none")
    func culprits() {
        let none = IncidentTruth(system: "shop", fault: "none", services: [])
        #expect(none.culprits.isEmpty)
        let two = IncidentTruth(system: "shop", fault: "two_faults", services: ["a", "b"])
        #expect(two.service == "a" && two.culprits == ["a", "b"])
        var one = IncidentTruth(system: "shop", fault: "cpu", services: ["a"])
        #expect(one.services == nil && one.culprits == ["a"])
        one.fault = IncidentTruth.noFault
        #expect(one.culprits.isEmpty)
    }

    // MARK: - Report

    @Test("shares are of the cases with a fault; windows without one count false alarms")
    func report() {
        let report = EvaluationReport([
            Self.answered("cpu", rank: 1), Self.answered("cpu", rank: 2, cause: nil),
            Self.answered("network", system: "other", rank: 4), Self.answered("network", rank: nil),
            Self.answered("none", rank: nil), Self.answered("none", rank: nil, cause: nil),
        ])
        #expect((report.all.cases, report.all.unnamed) == (4, 1))
        let clew = report.all.accuracy(.clew)
        #expect(clew?.as1 == 0.25 && clew?.as3 == 0.5 && clew?.as5 == 0.75)
        #expect(report.all.accuracy(.ownTime)?.as5 == 0)
        #expect((report.quietWindows, report.falseAlarms) == (2, 1))
        #expect(report.misses.map(\.truth.fault) == ["cpu", "network", "network"])
        #expect(report.bySystem.map(\.name) == ["other", "shop"])
        #expect(report.byFault.map(\.name) == ["cpu", "network"])
        #expect(report.byFault.map { $0.accuracy(.clew)?.as1 } == [0.5, 0])
        #expect(report.withoutFault.map { $0.accuracy(.clew)?.as1 } == [0, 0.5])
    }

    @Test("no cases are no accuracy, and one kind of fault cannot be left out")
    func empty() {
        #expect(EvaluationReport([]).all.cases == 0)
        #expect(EvaluationReport([]).all.accuracy(.clew)?.as1 == 0)
        #expect(EvaluationReport([Self.answered("cpu", rank: 1)]).withoutFault.isEmpty)
    }

    // MARK: - Methods

    @Test("each method answers for a window, also where there is nothing")
    func methods() {
        let incident = SyntheticIncidents(seed: 2, requests: 60...80).incident(1)
        let answered = Evaluation.evaluate(incident)
        #expect(answered.answers.map(\.method) == EvaluationMethod.allCases)
        #expect(answered.answer(.longestSpan)?.top.isEmpty == false)
        #expect(answered.answer(.ownTime)?.top.isEmpty == false)
        let nothing = EvaluationWindow([], [])
        let empty = Evaluation.evaluate("nothing", incident.truth, now: nothing, before: nothing)
        #expect(empty.cause == nil && empty.answers.allSatisfy { $0.top.isEmpty && $0.rank == nil })
        #expect(!empty.isFound(by: .clew, among: 5))
    }

    @Test("the service at fault is named in at least 85 % of generated incidents, and none in quiet windows")
    func accuracy() async {
        let incidents = SyntheticIncidents(seed: 2026)
        let faults = SyntheticFault.allCases.filter { $0 != .noFault }
        // Each kind at least twice, five more, and five windows without a fault.
        let quiet = Array(repeating: SyntheticFault.noFault, count: 5)
        let kinds: [SyntheticFault] = faults + faults + Array(faults.prefix(5)) + quiet
        let cases = await withTaskGroup(of: EvaluatedCase.self) { group in
            for (number, fault) in kinds.enumerated() {
                group.addTask { Evaluation.evaluate(incidents.incident(number, fault: fault)) }
            }
            var cases: [EvaluatedCase] = []
            for await result in group { cases.append(result) }
            return cases
        }
        let report = EvaluationReport(cases.sorted { $0.name < $1.name })
        let misses = report.misses.map { "\($0.name): \($0.answer(.clew)?.top ?? [])" }.joined(separator: "\n")
        #expect(report.all.cases == 35)
        #expect((report.all.accuracy(.clew)?.as1 ?? 0) >= 0.85, "\(misses)")
        let alarms = report.cases.filter { !$0.isFaulty && $0.cause != nil }.map(\.name)
        #expect(alarms.isEmpty)
    }
}
