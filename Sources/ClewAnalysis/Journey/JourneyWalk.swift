import ClewModel

/// Goes through a trace in display order and says which of its spans are steps.
struct JourneyWalk {
    private let trace: Trace
    private let spans: [JourneySpan]
    /// By place in the trace, the draft that the span is part of, or -1.
    private var holders: [Int]
    private var calls: [Call: Int] = [:]

    /// Calls that are summed up.
    private struct Call: Hashable {
        var holder: Int
        var service: String
        var peer: String?
        var operation: String
        var isError: Bool
    }

    init(_ trace: JourneyTrace) {
        self.trace = trace.trace
        spans = trace.spans
        holders = Array(repeating: -1, count: trace.spans.count)
    }

    /// The draft that a span is part of, made if the span is a step of its own; `nil` above all steps.
    ///
    /// - Parameter traces: Those of the journey, to count a batch's messages by.
    mutating func visit(_ index: Int, in traces: Set<TraceID>, _ drafts: inout [JourneyDraft]) -> Int? {
        let above = trace.parent(of: index).map { holders[$0] } ?? -1
        let outer = above >= 0 ? drafts[above].step.kind : nil
        guard let kind = kind(of: index) else {
            holders[index] = above
            return above >= 0 ? above : nil
        }
        if kind == .call, let outer, outer.takesCalls {
            drafts[above].step.peer = drafts[above].step.peer ?? callee(of: index)?.service
            holders[index] = above
            return above
        }
        holders[index] = place(draft(index, kind, traces), above, &drafts)
        return holders[index]
    }

    private mutating func place(_ draft: JourneyDraft, _ above: Int, _ drafts: inout [JourneyDraft]) -> Int {
        guard draft.step.kind == .call else {
            drafts.append(draft)
            return drafts.count - 1
        }
        let call = Call(
            holder: above, service: draft.step.service, peer: draft.step.peer, operation: draft.step.operation,
            isError: draft.step.isError)
        if let known = calls[call] {
            drafts[known].merge(draft)
            return known
        }
        calls[call] = drafts.count
        drafts.append(draft)
        return drafts.count - 1
    }

    private func draft(_ index: Int, _ kind: Journey.Step.Kind, _ traces: Set<TraceID>) -> JourneyDraft {
        let span = spans[index]
        let interval = Interval(start: trace.start(of: index), end: trace.end(of: index))
        var draft = JourneyDraft(span, kind, interval)
        if kind == .call || kind == .retry {
            if let callee = callee(of: index) {
                draft.step.peer = callee.service
                draft.step.operation = callee.operation ?? draft.step.operation
            } else if let parent = caller(of: index) {
                (draft.step.service, draft.step.peer) = (spans[parent].service, span.service)
            }
        }
        if kind.isDelivery, span.isFanIn {
            // A journey that begins with the batch holds all of it.
            let messages = traces.isEmpty ? span.batchSize : span.linkCount(into: traces)
            draft.takeShare(of: span.batchSize, messages: messages)
        }
        return draft
    }

    // MARK: - What a span is

    private func kind(of index: Int) -> Journey.Step.Kind? {
        let span = spans[index]
        switch span.span.kind {
        case .producer: return .sent
        case .consumer: return delivery(span)
        case .client: return call(index)
        case .server: return entry(index)
        case .internal, .unspecified: return inner(index)
        }
    }

    private func delivery(_ span: JourneySpan) -> Journey.Step.Kind {
        if span.isDuplicate { return .duplicate }
        return span.isError ? .failedDelivery : span.isCompensation ? .compensation : .processed
    }

    /// Databases and brokers are no services.
    private func call(_ index: Int) -> Journey.Step.Kind? {
        guard callee(of: index) != nil else { return nil }
        return spans[index].resendCount > 0 ? .retry : .call
    }

    private func entry(_ index: Int) -> Journey.Step.Kind? {
        if spans[index].isReplayed { return .replayed }
        guard trace.parent(of: index) != nil else {
            return trace.annotations(of: index).contains(.missingParent) ? .call : .request
        }
        return caller(of: index) == nil ? nil : .call
    }

    private func inner(_ index: Int) -> Journey.Step.Kind? {
        let span = spans[index]
        if span.sagaStep != nil, span.sagaID != nil { return span.isCompensation ? .compensation : .sagaStep }
        if span.isReplayed { return .replayed }
        let isRun = span.sagaID != nil && trace.parent(of: index) == nil && !span.linkedTraces.isEmpty
        if isRun { return .resumption }
        return caller(of: index) == nil ? nil : .call
    }

    /// The parent of another service that called without a client span.
    private func caller(of index: Int) -> Int? {
        guard let parent = trace.parent(of: index), spans[parent].service != spans[index].service,
            spans[parent].span.kind != .client, spans[parent].span.kind != .producer
        else { return nil }
        return parent
    }

    /// Whom a call reached; its target's name where the far side sent no spans. `nil` for what calls no service.
    private func callee(of index: Int) -> (service: String, operation: String?)? {
        let span = trace.spans[index]
        guard span.kind == .client else { return nil }
        if let callee = trace.callee(of: index) {
            return (trace.spans[callee].service, trace.spans[callee].name)
        }
        guard let target = span.target, target.kind == .peer else { return nil }
        return (target.name, nil)
    }
}
