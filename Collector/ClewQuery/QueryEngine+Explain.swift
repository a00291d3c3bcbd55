public import ClewAnalysis
import ClewModel
import ClewStore

/// What changed, from whole spans and log records.
extension QueryEngine {
    /// A span or a record with its texts weighs about four summaries.
    private static let explainWeight = 4

    /// What changed between two windows and who is to blame; see ``ClewAnalysis/ExplainAnalysis``.
    ///
    /// Where the spans and records of a window do not fit into memory at once, a part of the traces is looked at after
    /// the other; what does not fit even so is left out as whole traces, and the answer says so. Ends early where the
    /// task is cancelled.
    ///
    /// - Parameter progress: Called with the share of the reading that is done, 0...1.
    /// - Throws: `StoreError`, or `CancellationError`.
    public func explain(
        _ question: ExplainQuestion, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> Explanation {
        try await slots.run { () async throws -> Explanation in
            try Task.checkCancellation()
            var explanation = try await answer(question, progress)
            explanation.suspects = Array(explanation.suspects.prefix(question.limit))
            return explanation
        }
    }

    private func answer(
        _ question: ExplainQuestion, _ report: @escaping @Sendable (Double) -> Void
    ) async throws -> Explanation {
        guard let baseline = question.baseline else { return try await tail(question, report) }
        let later = try await survey(question.window, question) { _ in }
        let earlier = try await survey(baseline, question) { _ in }
        var progress = ReadingProgress(total: later.reads + earlier.reads, report)
        let now = try await profile(later, &progress)
        let before = try await profile(earlier, &progress)
        return ExplainAnalysis.explain(
            now, against: before, service: question.service, operation: question.operation)
    }

    private func profile(_ survey: Survey, _ progress: inout ReadingProgress) async throws -> ExplainProfile {
        var profile = ExplainProfile(from: survey.window.lowerBound, to: survey.window.upperBound)
        let kept = try await read(survey, &progress) { profile.add($0.spans, $0.records) }
        (profile.keptShare, profile.oversizedTraces) = (kept.share, kept.oversized)
        return profile
    }

    /// Slow traces against typical ones of one window.
    private func tail(
        _ question: ExplainQuestion, _ report: @escaping @Sendable (Double) -> Void
    ) async throws -> Explanation {
        var split = TailSplit(maximumTraces: maximumSpans)
        let survey = try await survey(question.window, question) { split.add($0) }
        split.finish()
        let (from, to) = (survey.window.lowerBound, survey.window.upperBound)
        var (slow, typical) = (ExplainProfile(from: from, to: to), ExplainProfile(from: from, to: to))
        var progress = ReadingProgress(total: survey.reads, report)
        let kept = try await read(survey, &progress) { trace in
            switch split.side(of: trace) {
            case .slow: slow.add(trace.spans, trace.records)
            case .typical: typical.add(trace.spans, trace.records)
            case nil: break
            }
        }
        (slow.keptShare, slow.oversizedTraces) = (kept.share, kept.oversized)
        return ExplainAnalysis.explain(
            slow, against: typical, service: question.service, operation: question.operation, comparison: .tail)
    }

    // MARK: - Reading

    /// How much there is in a window.
    private struct Survey {
        var window: Range<UnixNanoseconds>
        /// The spans of the traces asked for, also beyond the window.
        var query: SpanQuery
        var usesLogs: Bool
        /// Spans that match.
        var count = 0
        /// Parts that the traces are looked at in.
        var parts: UInt64 = 0

        /// Spans and, guessed to be as many, records that will be read.
        var reads: Int { count * Int(parts) * (usesLogs ? 2 : 1) }
    }

    /// - Parameter body: Called with each span without a parent that starts in the window.
    private func survey(
        _ window: Range<UnixNanoseconds>, _ question: ExplainQuestion, _ body: (SpanSummary) -> Void
    ) async throws -> Survey {
        let roots = SlowQuestion(window: window, service: question.service, operation: question.operation)
        let ids = try await traceIDs(window, roots)
        var survey = Survey(
            window: window, query: SpanQuery(time: Self.reach(window), traceIDs: ids), usesLogs: question.usesLogs)
        var count = 0
        try await store.summaries(survey.query) { span in
            count += 1
            if window.contains(span.start) { body(span) }
            return !Task.isCancelled
        }
        try Task.checkCancellation()
        survey.count = count
        let members = question.usesLogs ? 2 * count : count
        survey.parts = UInt64(min(Self.maximumParts, (members + explainCapacity - 1) / explainCapacity))
        return survey
    }

    /// Spans and records held at a time.
    private var explainCapacity: Int { max(1, maximumSpans / Self.explainWeight) }

    /// Calls `body` with each trace whose root starts in the window.
    ///
    /// - Returns: The share of the traces that fitted, and how many were left out for their size alone.
    private func read(
        _ survey: Survey, _ progress: inout ReadingProgress, _ body: (LoggedTrace) -> Void
    ) async throws -> (share: Double, oversized: Int) {
        var (keptShare, oversized) = (1.0, 0)
        for part in 0..<survey.parts {
            var grouper = TraceGrouper<LoggedTrace.Member>(
                maximumSpans: explainCapacity, maximumSpansPerTrace: Self.largestTrace(explainCapacity))
            try await store.spans(survey.query) { span in
                progress.advance()
                if span.traceID.hash % survey.parts == part { grouper.add(.span(ExplainSpan(span))) }
                return !Task.isCancelled
            }
            if survey.usesLogs { try await addRecords(of: part, survey, to: &grouper, &progress) }
            try Task.checkCancellation()
            keptShare = min(keptShare, grouper.keptShare)
            oversized += grouper.oversizedTraces
            for members in grouper.finish() {
                let trace = LoggedTrace(members)
                if let root = trace.root, survey.window.contains(root.start) { body(trace) }
            }
        }
        return (keptShare, oversized)
    }

    /// The records of a part's traces. A trace is dropped together with its records: shares of executions that write a
    /// line would be wrong where only records are missing.
    private func addRecords(
        of part: UInt64, _ survey: Survey, to grouper: inout TraceGrouper<LoggedTrace.Member>,
        _ progress: inout ReadingProgress
    ) async throws {
        try await store.logs(LogQuery(time: survey.query.time)) { record in
            progress.advance()
            // Spans were read before: a trace without any is no use, and would take the room of others.
            if let id = record.traceID, grouper.holds(id), let member = LoggedTrace.Member(record) {
                grouper.add(member)
            }
            return !Task.isCancelled
        }
    }
}
