import ClewModel

/// One instance that is slower, or fails more, than others that do the same.
struct HotInstance: AuditDetector {
    static let rule = AuditRule(
        name: "hot-instance",
        title: "hot instance",
        severity: .medium,
        detection: """
            Of one operation, an instance's median is at least `factor` times and `slower-ms` above that of its \
            peers of the same version, with its fastest quarter above their slowest; or its share of errors is \
            greater by at least `share` and by more than chance. Each side has at least `samples` requests.
            """,
        harm: "A part of all requests is slow or fails, and averages over the instances hide why.",
        refutation: "The instance gets other requests than its peers: larger tenants, a cold cache after its start.",
        advice: "Take the instance out and compare its host, its limits and its connections with those of its peers.",
        parameters: [
            .init("factor", 2, "times the median of the peers"),
            .init("slower-ms", 20, "milliseconds between the medians"),
            .init("share", 0.1, "difference of the shares of errors, 0 to 1"),
            .init("samples", 20, "requests of the operation, of the instance and of its peers"),
        ])

    /// Errors below this number are no pattern.
    private static let leastErrors = 5
    /// Operations times instances, at up to ten kilobytes each.
    private static let capacity = 20_000

    private struct Key: Hashable {
        var operation: ServiceOperation
        var version: String
        var instance: String
    }

    private struct Instance: Hashable {
        var service: String
        var name: String
    }

    private struct Count {
        var durations = DurationHistogram()
        var errors = AuditStatistics.Share(count: 0, total: 0)
        var slow = WorstEvidence()
        var failed = WorstEvidence()
    }

    /// Requests of several instances, from which those of one can be taken away.
    private struct Sum {
        var durations = DurationHistogram()
        var errors = AuditStatistics.Share(count: 0, total: 0)

        mutating func add(_ count: Count) {
            durations.merge(count.durations)
            errors = errors + count.errors
        }

        func subtracting(_ other: Sum) -> Sum {
            var rest = self
            rest.durations.subtract(other.durations)
            rest.errors.count -= other.errors.count
            rest.errors.total -= other.errors.total
            return rest
        }
    }

    /// One operation of an instance that is worse than its peers.
    private struct Excess {
        var operation: ServiceOperation
        var version: String
        var count: Count
        var peers: Sum
        var isSlow: Bool
        var isFailing: Bool
        var isOfOtherVersion: Bool

        /// Nanoseconds longer than the peers, over all requests.
        var time: UInt64 {
            let (own, usual) = (count.durations.median, peers.durations.median)
            guard isSlow, own > usual else { return 0 }
            let (product, overflowed) = (own - usual).multipliedReportingOverflow(by: UInt64(count.errors.total))
            return overflowed ? .max : product
        }

        func precedes(_ other: Excess) -> Bool {
            if time != other.time { return time > other.time }
            return (operation.name, version) < (other.operation.name, other.version)
        }
    }

    private let factor: Double
    private let slower: UInt64
    private let share: Double
    private let samples: Int
    private var counts = BoundedTable<Key, Count>(capacity: Self.capacity)

    init(_ settings: AuditSettings) {
        factor = max(1, settings.value("factor", of: Self.rule))
        slower = settings.nanoseconds("slower-ms", of: Self.rule)
        share = settings.value("share", of: Self.rule)
        samples = max(1, settings.count("samples", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        for index in trace.indices where trace.isRequest(index) && !trace.spans[index].instance.isEmpty {
            let span = trace.spans[index]
            let isError = span.summary.isError || trace.status(index).map { $0 >= 500 } ?? false
            let duration = trace.duration(index)
            let key = Key(operation: trace.operation(index), version: span.version, instance: span.instance)
            counts.update(key, initial: Count()) {
                $0.durations.record(duration)
                $0.errors = $0.errors + AuditStatistics.Share(count: isError ? 1 : 0, total: 1)
                $0.slow.add(duration, trace.evidence([index], DurationText.format(duration)))
                if isError { $0.failed.add(duration, trace.evidence([index], "failed")) }
            }
        }
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        var found: [Instance: [Excess]] = [:]
        for (operation, counts) in Dictionary(grouping: counts.values, by: \.key.operation) where counts.count > 1 {
            var (all, versions, instances) = (Sum(), [String: Sum](), [String: Sum]())
            for (key, count) in counts {
                all.add(count)
                versions[key.version, default: Sum()].add(count)
                instances[key.instance, default: Sum()].add(count)
            }
            for (key, count) in counts where count.errors.total >= samples {
                var own = Sum()
                own.add(count)
                let peers = (versions[key.version] ?? Sum()).subtracting(own)
                let isAlone = peers.errors.total == 0
                let compared = isAlone ? all.subtracting(instances[key.instance] ?? Sum()) : peers
                guard let excess = excess(key, count, compared, isOfOtherVersion: isAlone) else { continue }
                found[Instance(service: operation.service, name: key.instance), default: []].append(excess)
            }
        }
        return found.map { finding($0, $1.sorted { $0.precedes($1) }) }
    }

    private func excess(_ key: Key, _ count: Count, _ peers: Sum, isOfOtherVersion: Bool) -> Excess? {
        guard peers.errors.total >= samples else { return nil }
        // That a new version fails more says nothing of the instance that happens to run it.
        let excess = Excess(
            operation: key.operation, version: key.version, count: count, peers: peers,
            isSlow: isSlower(count.durations, peers.durations),
            isFailing: !isOfOtherVersion && failsMore(count.errors, peers.errors), isOfOtherVersion: isOfOtherVersion)
        return excess.isSlow || excess.isFailing ? excess : nil
    }

    private func isSlower(_ instance: DurationHistogram, _ peers: DurationHistogram) -> Bool {
        let (own, usual) = (instance.median, peers.median)
        return own >= usual && own - usual >= slower && Double(own) >= factor * Double(usual)
            && instance.quantile(0.25) > peers.quantile(0.75)
    }

    private func failsMore(_ instance: AuditStatistics.Share, _ peers: AuditStatistics.Share) -> Bool {
        instance.count >= Self.leastErrors && instance.value - peers.value >= share
            && AuditStatistics.score(instance, above: peers) >= AuditStatistics.certainScore
    }

    /// - Parameter excesses: The costliest first, at least one.
    private func finding(_ instance: Instance, _ excesses: [Excess]) -> Finding {
        let worst = excesses[0]
        let total = excesses.reduce(0) { $0 + $1.count.errors.total }
        let isPossible = excesses.contains { $0.isOfOtherVersion }
        return Finding(
            rule: Self.rule,
            confidence: isPossible ? .possible : .likely,
            place: "\(instance.service) \(instance.name)",
            services: [instance.service],
            summary: summary(of: worst, instance.name),
            occurrences: total,
            population: excesses.reduce(total) { $0 + $1.peers.errors.total },
            cost: Finding.Cost(
                nanoseconds: excesses.reduce(UInt64(0)) { $0.saturatingAdd($1.time) },
                errors: excesses.reduce(0) { $0 + ($1.isFailing ? $1.count.errors.count : 0) }),
            reason: isPossible
                ? "no other instance runs its version, so that the version may be what is slow"
                : "compared with instances of the same version; \(excesses.count) of its operations show it",
            evidence: excesses.flatMap { $0.isSlow ? $0.count.slow.all : $0.count.failed.all })
    }

    private func summary(of excess: Excess, _ instance: String) -> String {
        if excess.isSlow {
            let (own, usual) = (excess.count.durations.median, excess.peers.durations.median)
            return "\(instance) takes \(DurationText.format(own)) (median) for \(excess.operation.name), its peers "
                + DurationText.format(usual)
        }
        let (own, usual) = (excess.count.errors.value, excess.peers.errors.value)
        return "\(instance) fails \(AuditStatistics.percent(own)) of \(excess.operation.name), its peers "
            + AuditStatistics.percent(usual)
    }
}
