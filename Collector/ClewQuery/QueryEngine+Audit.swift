public import ClewAnalysis
public import ClewModel
public import ClewStore

/// Analyses that read whole spans, not only summaries.
extension QueryEngine {
    /// Parts that the traces of a window are looked at in; beyond, traces are sampled. Each part reads the window once more.
    static let maximumParts = 16
    /// Spans of an audit weigh about four summaries each, with their attributes.
    private static let auditWeight = 4

    /// Spans of one trace, of those that fit at a time: a quarter, so that one trace does not push all others out.
    static func largestTrace(_ capacity: Int) -> Int { max(min(1000, capacity), capacity / 4) }

    /// The anti-patterns that the telemetry of a window shows.
    ///
    /// Where its spans do not fit into memory at once, a part of the traces is looked at after the other.
    public func audit(
        _ window: Range<UnixNanoseconds>, settings: AuditSettings = AuditSettings()
    ) async throws(StoreError) -> AuditReport {
        try await slots.run { () async throws(StoreError) in
            let query = SpanQuery(time: window)
            let capacity = max(1, maximumSpans / Self.auditWeight)
            var count = 0
            try await store.summaries(query) { _ in
                count += 1
                return true
            }
            let parts = UInt64(min(Self.maximumParts, (count + capacity - 1) / capacity))
            var audit = Audit(from: window.lowerBound, to: window.upperBound, settings: settings)
            var keptShare = 1.0
            for part in 0..<parts {
                var grouper = TraceGrouper<AuditSpan>(
                    maximumSpans: capacity, maximumSpansPerTrace: Self.largestTrace(capacity))
                try await store.spans(query) { span in
                    if span.traceID.hash % parts == part { grouper.add(AuditSpan(span)) }
                    return true
                }
                keptShare = min(keptShare, grouper.keptShare)
                for spans in grouper.finish() { audit.add(AuditTrace(spans: spans)) }
            }
            try await store.logs(LogQuery(time: window)) { record in
                audit.add(record)
                return true
            }
            var report = audit.finish()
            report.keptShare = keptShare
            return report
        }
    }

    /// What became of the sagas of a window.
    ///
    /// - Parameter now: The moment to which the ages of unfinished ones are counted, where the window reaches that far.
    public func sagas(_ window: Range<UnixNanoseconds>, now: UnixNanoseconds) async throws(StoreError) -> SagaReport {
        try await slots.run { () async throws(StoreError) in
            var builder = SagaBuilder(from: window.lowerBound, to: window.upperBound)
            let query = SpanQuery(time: window, attributes: [AttributeCondition(SemanticConventions.sagaID)])
            try await store.spans(query) { span in
                builder.add(span)
                return true
            }
            return builder.finish(at: min(now, window.upperBound))
        }
    }
}

extension TraceID {
    /// Ids need not be random in each bit.
    var hash: UInt64 { SplitMix64.mix(low ^ SplitMix64.mix(high)) }
}
