import ClewAnalysis
import ClewModel

extension FileSource {
    func explain(_ question: ExplainQuestion) -> Explanation { explain(question, against: nil) }

    /// - Parameter file: A file to compare with, whole, in place of a time of this one.
    func explain(_ question: ExplainQuestion, against file: FileSource?) -> Explanation {
        let before: ExplainProfile
        if let file {
            before = file.profile(0..<UnixNanoseconds.max, question)
        } else if let baseline = question.baseline {
            before = profile(baseline, question)
        } else {
            return tail(question)
        }
        return ExplainAnalysis.explain(
            profile(question.time, question), against: before, service: question.service,
            operation: question.operation)
    }

    private func profile(_ time: Range<UnixNanoseconds>, _ question: ExplainQuestion) -> ExplainProfile {
        let bounds = bounds(time)
        var profile = ExplainProfile(from: bounds.lowerBound, to: bounds.upperBound)
        for trace in loggedTraces(time, question) { profile.add(trace.spans, trace.records) }
        return profile
    }

    /// Slow traces against typical ones.
    private func tail(_ question: ExplainQuestion) -> Explanation {
        let bounds = bounds(question.time)
        let traces = loggedTraces(question.time, question)
        var split = TailSplit()
        for root in traces.lazy.compactMap(\.root) { split.add(root) }
        split.finish()
        var slow = ExplainProfile(from: bounds.lowerBound, to: bounds.upperBound)
        var typical = slow
        for trace in traces {
            switch split.side(of: trace) {
            case .slow: slow.add(trace.spans, trace.records)
            case .typical: typical.add(trace.spans, trace.records)
            case nil: break
            }
        }
        return ExplainAnalysis.explain(
            slow, against: typical, service: question.service, operation: question.operation, comparison: .tail)
    }

    /// The traces of the routes asked for that begin in this time, by their ids, with their log records.
    private func loggedTraces(_ time: Range<UnixNanoseconds>, _ question: ExplainQuestion) -> [LoggedTrace] {
        var members = allSpans.map { LoggedTrace.Member.span(ExplainSpan($0)) }
        if question.usesLogs { members += allRecords.compactMap { LoggedTrace.Member($0) } }
        return Dictionary(grouping: members, by: \.traceID).sorted { $0.key < $1.key }
            .map { LoggedTrace($0.value) }
            .filter { trace in
                guard let root = trace.root else { return false }
                return time.contains(root.start) && (question.service.map { $0 == root.service } ?? true)
                    && (question.operation.map { $0 == root.name } ?? true)
            }
    }
}
