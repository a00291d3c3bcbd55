import ClewModel

/// Two versions that do not understand each other, while others do.
struct BreakingContract: AuditDetector {
    static let rule = AuditRule(
        name: "breaking-contract",
        title: "breaking contract in a mixed rollout",
        severity: .high,
        detection: """
            Of one operation, at least `errors` calls and `share` of the calls from one version of the caller to one \
            version of the callee fail, while another pair of versions makes at least `calls` calls of which nearly \
            none fails, and chance does not explain the difference. Failures are 5xx and answers that refuse the \
            form of a request (400, 405, 406, 411, 415, 422, 426); what a business refuses by 402, 404 or 409 is \
            none.
            """,
        harm: "As long as both versions run, a part of all requests fails, and rolling back one side may not help.",
        refutation: "The callers of one version send other requests, or one version simply fails for all.",
        advice: """
            Expand, then contract: accept both forms until no caller sends the old one; test each version against \
            the contract of those that run.
            """,
        parameters: [
            .init("errors", 3, "failed calls between the two versions"),
            .init("share", 0.2, "share of their calls, 0 to 1, that fail"),
            .init("calls", 20, "calls of the pair that works"),
            .init("healthy-share", 0.02, "share of failures, 0 to 1, up to which a pair works"),
        ])

    /// RFC 9110 §15.5: statuses that speak of the request's form and not of what it asks for.
    private static let refusedForms: Set<Int> = [400, 405, 406, 411, 415, 422, 426]
    /// UNKNOWN, INVALID_ARGUMENT, UNIMPLEMENTED, INTERNAL and DATA_LOSS.
    private static let failedGRPCStatuses: Set<Int> = [2, 3, 12, 13, 15]

    private struct Operation: Hashable {
        var hop: ServiceHop
        var name: String
    }

    private struct Versions: Hashable {
        var caller: String
        var callee: String
    }

    private struct Key: Hashable {
        var operation: Operation
        var versions: Versions
    }

    private struct Count {
        var calls = 0
        var failures = AuditTally()

        var share: AuditStatistics.Share { .init(count: failures.occurrences, total: calls) }
    }

    private let errors: Int
    private let share: Double
    private let calls: Int
    private let healthyShare: Double
    private var counts = BoundedTable<Key, Count>()

    init(_ settings: AuditSettings) {
        errors = max(1, settings.count("errors", of: Self.rule))
        share = settings.value("share", of: Self.rule)
        calls = max(1, settings.count("calls", of: Self.rule))
        healthyShare = settings.value("healthy-share", of: Self.rule)
    }

    mutating func visit(_ trace: AuditTrace) {
        for call in trace.calls() {
            guard let entry = call.entry, let versions = Self.versions(of: call, entry, trace) else { continue }
            let operation = Operation(hop: call.hop, name: trace.operation(of: call).name)
            let isFailure = Self.isFailure(call, entry, trace)
            let note = trace.status(of: call).map { "answered \($0)" } ?? "failed"
            counts.update(Key(operation: operation, versions: versions), initial: Count()) {
                $0.calls += 1
                guard isFailure else { return }
                $0.failures.add(errors: 1, isTyped: call.isTyped, trace.evidence([call.span, entry], note))
            }
        }
    }

    private static func versions(of call: ServiceCall, _ entry: Int, _ trace: AuditTrace) -> Versions? {
        let versions = Versions(
            caller: trace.spans[call.request].version, callee: trace.spans[entry].version)
        return versions.caller.isEmpty || versions.callee.isEmpty ? nil : versions
    }

    private static func isFailure(_ call: ServiceCall, _ entry: Int, _ trace: AuditTrace) -> Bool {
        if let status = trace.status(of: call) { return status >= 500 || refusedForms.contains(status) }
        for index in [call.span, entry] {
            guard let code = trace.spans[index].int(SemanticConventions.rpcGRPCStatusCode) else { continue }
            return failedGRPCStatuses.contains(code)
        }
        return trace.isError(entry)
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        var findings: [Finding] = []
        for (operation, pairs) in Dictionary(grouping: counts.values, by: \.key.operation) where pairs.count > 1 {
            let healthy = pairs.filter { isHealthy($0.value) }
            let usual = healthy.reduce(AuditStatistics.Share(count: 0, total: 0)) { $0 + $1.value.share }
            guard usual.total >= calls else { continue }
            let understood = Set(healthy.map(\.key.versions.callee))
            for (key, count) in pairs where isBroken(count, usual) {
                // That the callee's version understands somebody shows that it is the pair and not the version.
                let isPair = understood.contains(key.versions.callee)
                findings.append(finding(operation, key.versions, count, usual, isPair))
            }
        }
        return findings
    }

    private func isHealthy(_ count: Count) -> Bool { count.share.value <= healthyShare }

    private func isBroken(_ count: Count, _ usual: AuditStatistics.Share) -> Bool {
        count.share.count >= errors && count.share.value >= share
            && AuditStatistics.score(count.share, above: usual) >= AuditStatistics.certainScore
    }

    private func finding(
        _ operation: Operation, _ versions: Versions, _ count: Count, _ usual: AuditStatistics.Share, _ isPair: Bool
    ) -> Finding {
        let hop = operation.hop
        return Finding(
            rule: Self.rule,
            confidence: isPair ? .certain : .likely,
            place: "\(hop.caller) \(versions.caller) -> \(hop.callee) \(versions.callee) \(operation.name)",
            services: [hop.callee, hop.caller],
            summary: """
                \(AuditStatistics.percent(count.share.value)) of the calls of \(operation.name) from \(hop.caller) \
                \(versions.caller) to \(hop.callee) \(versions.callee) fail, of those between other versions \
                \(AuditStatistics.percent(usual.value))
                """,
            occurrences: count.share.count,
            population: count.share.total,
            cost: count.failures.cost,
            reason: isPair
                ? "the same version of \(hop.callee) answers callers of another version"
                : "other versions understand each other; that \(hop.callee) \(versions.callee) fails for all is not "
                    + "excluded, since nobody else called it",
            evidence: count.failures.evidence)
    }
}
