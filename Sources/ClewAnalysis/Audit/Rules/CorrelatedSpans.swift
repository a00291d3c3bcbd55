import ClewModel

/// Follows correlation ids from span to span, and counts where they are lost.
struct CorrelatedSpans: Sendable {
    /// From a span to its child.
    struct Crossing: Hashable, Sendable {
        var caller: String
        var callee: String
        /// The child's name within a service; empty between services.
        var operation: String

        /// Whether it stays within one service.
        var isInner: Bool { caller == callee }

        /// As a finding's place has it.
        var text: String { isInner ? "\(callee) \(operation)" : "\(caller) -> \(callee)" }
    }

    /// What was lost at one crossing.
    struct Loss {
        var crossing: Crossing
        /// Of the times that an id was to pass.
        var share: AuditStatistics.Share
        /// Spans without the id, at the crossing and below.
        var spans: Int
        /// Spans of the callee that should have the id.
        var population: Int
        /// Whether the id of the trace is there in its place.
        var isReplaced: Bool
        var evidence: [Finding.Evidence]
    }

    private struct Count: Sendable {
        var share = AuditStatistics.Share(count: 0, total: 0)
        var spans = 0
        var replaced = 0
        var evidence = WorstEvidence()
    }

    /// What is known of the spans of one trace, by their places.
    private struct Walk {
        /// The id that a span has, or should have.
        var expected: [String?] = []
        /// The span at which it was lost.
        var lostAt: [Int?] = []
    }

    private var crossings = BoundedTable<Crossing, Count>()
    /// Spans that have an id, or should.
    private var services = BoundedTable<String, Int>()

    /// - Returns: The services of which every span in the trace has an id, or should; and whether it is another than
    ///   the id of the trace.
    mutating func visit(_ trace: AuditTrace) -> [String: Bool] {
        let substitute = trace.substituteID
        let walk = Self.walk(trace, substitute)
        var carriers: [String: Bool] = [:]
        var others: Set<String> = []
        for index in trace.indices {
            let service = trace.service(index)
            guard let expected = walk.expected[index] else {
                others.insert(service)
                continue
            }
            carriers[service] = (carriers[service] ?? false) || expected != substitute
            services.update(service, initial: 0) { $0 += 1 }
            count(index, walk, trace)
        }
        for service in others { carriers[service] = nil }
        return carriers
    }

    private static func walk(_ trace: AuditTrace, _ substitute: String) -> Walk {
        var walk = Walk()
        walk.expected.reserveCapacity(trace.spans.count)
        walk.lostAt.reserveCapacity(trace.spans.count)
        for index in trace.indices {
            let own = trace.correlationID(index)
            let parent = trace.trace.parent(of: index)
            let above = parent.flatMap { walk.expected[$0] }
            let isOwn = own != nil && (own != substitute || above == nil || above == substitute)
            // A batch belongs to many requests and has no id of one.
            if isOwn || above == nil || isBatch(trace.spans[index]) {
                walk.expected.append(own)
                walk.lostAt.append(nil)
            } else {
                walk.expected.append(above)
                let origin = parent.flatMap { walk.lostAt[$0] }
                walk.lostAt.append(origin ?? index)
            }
        }
        return walk
    }

    private static func isBatch(_ span: AuditSpan) -> Bool {
        span.linkCount > 1 || span.int(SemanticConventions.messagingBatchMessageCount) ?? 1 > 1
    }

    private mutating func count(_ index: Int, _ walk: Walk, _ trace: AuditTrace) {
        if let origin = walk.lostAt[index], origin != index {
            crossings.update(Self.crossing(origin, trace), initial: Count()) { $0.spans += 1 }
        }
        guard let parent = trace.trace.parent(of: index), walk.expected[parent] != nil, walk.lostAt[parent] == nil
        else {
            return
        }
        crossings.update(Self.crossing(index, trace), initial: Count()) {
            $0.share.total += 1
            guard walk.lostAt[index] == index else { return }
            $0.share.count += 1
            $0.spans += 1
            if trace.correlationID(index) != nil { $0.replaced += 1 }
            let note = "\(trace.label(index)) lacks \(walk.expected[index] ?? "")"
            $0.evidence.add(at: trace.spans[index].summary.start, trace.evidence([parent, index], note))
        }
    }

    private static func crossing(_ index: Int, _ trace: AuditTrace) -> Crossing {
        let callee = trace.service(index)
        let caller = trace.trace.parent(of: index).map { trace.service($0) } ?? callee
        let operation = caller == callee ? trace.spans[index].summary.name : ""
        return Crossing(caller: caller, callee: callee, operation: operation)
    }

    var losses: [Loss] {
        crossings.values.filter { $0.value.share.count > 0 }.map { crossing, count in
            Loss(
                crossing: crossing, share: count.share, spans: count.spans, population: services[crossing.callee] ?? 0,
                isReplaced: count.replaced > 0, evidence: count.evidence.all)
        }
    }
}
