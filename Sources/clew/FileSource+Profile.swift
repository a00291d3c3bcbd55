import ClewAnalysis
import ClewModel

extension FileSource {
    func profile(_ question: ProfileQuestion) -> [CallProfile] {
        let bounds = bounds(question.time)
        var builder = CallProfileBuilder(
            from: bounds.lowerBound, to: bounds.upperBound, service: question.service, operation: question.operation)
        var groups = question.grouping.map { TraceGroups($0) }
        if groups != nil {
            for span in allSpans { groups?.add(span) }
        }
        for trace in traces(question.time) {
            let group = trace.spans.first.flatMap { groups?.group(of: $0.traceID) }
            // Values were named, and the trace has none of them.
            if groups != nil, group == nil { continue }
            builder.add(trace, group: group)
        }
        return builder.finish()
    }
}
