/// Runs ``ConformanceCheck``s one after the other and gathers how they ended.
public enum Conformance {
    /// - Parameter checks: Those to run. A check that ends the process ends the report too; the last line of
    ///   `progress` names it.
    public static func report(
        on subject: some ConformanceSubject, checks: [ConformanceCheck] = ConformanceCheck.all,
        progress: (ConformanceCheck) -> Void = { _ in }
    ) async -> ConformanceReport {
        var report = ConformanceReport()
        for check in checks {
            progress(check)
            report.results.append(.init(check: check, outcome: await check.run(on: subject)))
        }
        return report
    }
}

/// How the checks of a backend ended.
public struct ConformanceReport: Sendable, CustomStringConvertible {
    public struct Result: Sendable {
        public var check: ConformanceCheck
        public var outcome: ConformanceOutcome
    }

    public var results: [Result] = []

    public var passed: Int { results.count { $0.outcome == .passed } }
    public var failed: Int { results.count { !$0.outcome.failures.isEmpty } }
    public var skipped: Int { results.count - passed - failed }

    /// A table of all checks, each failure below its check, and the sums.
    public var description: String {
        let width = results.map(\.check.id.count).max() ?? 0
        let lines = results.flatMap { result -> [String] in
            let id = result.check.id + String(repeating: " ", count: width - result.check.id.count)
            switch result.outcome {
            case .passed: return ["passed   \(id)  \(result.check.title)"]
            case .skipped(let reason): return ["skipped  \(id)  \(result.check.title) (\(reason))"]
            case .failed(let failures):
                return ["FAILED   \(id)  \(result.check.title) (\(result.check.source))"]
                    + failures.map { "         \($0)" }
            }
        }
        return (lines + ["\(passed) passed, \(failed) failed, \(skipped) skipped"]).joined(separator: "\n")
    }
}
