import ClewModel

/// Single requests that make many times the calls, or carry many times the bytes, that their route usually does.
struct UnboundedFanout: AuditDetector {
    static let rule = AuditRule(
        name: "unbounded-fanout",
        title: "unbounded fan-out, huge payload",
        severity: .medium,
        detection: """
            A request makes at least `factor` times as many calls as the median request of its operation, and at \
            least `calls`; or its body or its answer is at least `factor` times as long as the median, and at least \
            `kilobytes`. The operation has at least `requests` requests.
            """,
        harm: """
            A few requests take the capacity of many: connections, memory and time of all services that they reach.
            """,
        refutation: "The request is meant to be large, such as an export, and runs apart from the others.",
        advice: "Bound what one request may ask for: page the answer, refuse more, ask in batches of bounded size.",
        parameters: [
            .init("factor", 10, "times the median of the operation"),
            .init("calls", 30, "calls that one request makes"),
            .init("kilobytes", 256, "length of a body, in units of 1024 bytes"),
            .init("requests", 20, "requests of the operation"),
        ])

    /// From here on it is no single accident.
    private static let likelyCount = 3

    /// What is compared with the usual.
    private enum Measure: String {
        case calls, request, response
    }

    private struct Key: Hashable {
        var operation: ServiceOperation
        var measure: Measure
    }

    private let factor: Double
    private let calls: Int
    private let bytes: Int
    private let requests: Int
    private var sizes: BoundedTable<Key, RequestSizes> = .ofHistograms

    init(_ settings: AuditSettings) {
        factor = max(1, settings.value("factor", of: Self.rule))
        calls = max(1, settings.count("calls", of: Self.rule))
        bytes = max(1, settings.count("kilobytes", of: Self.rule)) * 1024
        requests = max(2, settings.count("requests", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        var counts: [Int: Int] = [:]
        // An attempt that follows another adds no breadth.
        for call in trace.calls() where trace.resends(of: call) == 0 { counts[call.request, default: 0] += 1 }
        for index in trace.indices where trace.isRequest(index) {
            record(counts[index] ?? 0, .calls, of: index, limit: calls, trace)
            if let size = trace.spans[index].int(SemanticConventions.httpRequestBodySize) {
                record(size, .request, of: index, limit: bytes, trace)
            }
            if let size = trace.spans[index].int(SemanticConventions.httpResponseBodySize) {
                record(size, .response, of: index, limit: bytes, trace)
            }
        }
    }

    private mutating func record(
        _ size: Int, _ measure: Measure, of index: Int, limit: Int, _ trace: AuditTrace
    ) {
        let duration = trace.duration(index)
        sizes.update(Key(operation: trace.operation(index), measure: measure), initial: RequestSizes()) {
            $0.record(max(0, size), duration)
            guard size >= limit else { return }
            $0.keep(size, duration, trace.evidence([index], Self.text(size, measure)))
        }
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        sizes.values.compactMap { key, sizes in
            guard sizes.count >= requests else { return nil }
            let large = sizes.large.filter { Double($0.size) >= factor * sizes.median }
            guard let largest = large.first else { return nil }
            return finding(key, sizes, large, largest)
        }
    }

    private func finding(
        _ key: Key, _ sizes: RequestSizes, _ large: [RequestSizes.Large], _ largest: RequestSizes.Large
    ) -> Finding {
        let usual = sizes.medianDuration
        let excess = large.reduce(UInt64(0)) {
            $0.saturatingAdd($1.duration > usual ? $1.duration - usual : 0)
        }
        let median = Self.text(Int(sizes.median.rounded()), key.measure)
        return Finding(
            rule: Self.rule,
            confidence: large.count >= Self.likelyCount ? .likely : .possible,
            place: "\(key.operation.text) (\(key.measure.rawValue))",
            services: [key.operation.service],
            summary: """
                \(large.count) of \(sizes.count) requests are far larger than the others: up to \
                \(Self.text(largest.size, key.measure)), where \(median) is usual
                """,
            occurrences: large.count,
            population: sizes.count,
            cost: Finding.Cost(nanoseconds: excess),
            reason: "compared with the median of the same operation in the window; "
                + CountText.counted(large.count, "such request"),
            evidence: large.map(\.evidence))
    }

    private static func text(_ size: Int, _ measure: Measure) -> String {
        switch measure {
        case .calls: CountText.counted(size, "call")
        case .request, .response: size < 1024 ? "\(size) bytes" : "\(size / 1024) KiB"
        }
    }
}
