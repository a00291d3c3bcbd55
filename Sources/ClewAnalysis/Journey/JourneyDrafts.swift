import ClewModel

/// The steps of a journey, trace by trace, and what is needed to join them.
struct JourneyDrafts {
    private(set) var drafts: [JourneyDraft] = []
    /// The end of each span, and the draft that it is part of, for those who link to it.
    private(set) var ends: [JourneySpan.Key: UnixNanoseconds] = [:]
    private(set) var holders: [JourneySpan.Key: Int] = [:]
    /// The times at which spans were open.
    private(set) var intervals: [Interval] = []
    private(set) var services: Set<String> = []
    private(set) var sagas = JourneySagas()
    private(set) var orders = JourneyOrders()
    private(set) var correlationIDs: Set<String> = []
    private(set) var traces: [TraceID] = []

    /// - Parameter traces: Those of the journey in which no requests of others meet.
    mutating func add(_ trace: JourneyTrace, in traces: Set<TraceID>) {
        let own = trace.own(in: traces)
        guard let first = own.firstIndex(of: true) else { return }
        self.traces.append(trace.spans[first].span.traceID)
        var walk = JourneyWalk(trace)
        for index in own.indices where own[index] {
            note(trace, index)
            let holder = walk.visit(index, in: traces, &drafts)
            if let holder { holders[trace.spans[index].key] = holder }
        }
    }

    private mutating func note(_ trace: JourneyTrace, _ index: Int) {
        let span = trace.spans[index]
        let interval = Interval(start: trace.trace.start(of: index), end: trace.trace.end(of: index))
        intervals.append(interval)
        services.insert(span.service)
        ends[span.key] = max(ends[span.key] ?? 0, interval.end)
        sagas.add(span, interval)
        // What lies in a batch may be of anybody.
        guard !trace.isFanIn else { return }
        orders.add(span, interval)
        if let id = span.correlationID { correlationIDs.insert(id) }
    }
}

extension JourneyDrafts {
    /// The drafts in order of time.
    var order: [Int] {
        drafts.indices.sorted { (drafts[$0].interval.start, $0) < (drafts[$1].interval.start, $1) }
    }

    mutating func settle() {
        let order = order
        settleWaits(order)
        settleCompensations(order)
    }

    /// Gives each step the time that it waited, and the step that it waited for.
    private mutating func settleWaits(_ order: [Int]) {
        let sent = sentMessages
        var delivered: [JourneyDelivery: UnixNanoseconds] = [:]
        var sagaEnds: [String: UnixNanoseconds] = [:]
        for place in order {
            let draft = drafts[place]
            let saga = draft.step.sagaID
            if draft.step.kind.isDelivery {
                settleDelivery(place, sent, &delivered)
            } else if draft.step.kind == .sent {
                drafts[place].cause = draft.links.first { holders[$0] != nil }.flatMap { holders[$0] }
            } else if draft.step.kind == .resumption {
                let last = saga.flatMap { sagaEnds[$0] }
                drafts[place].step.waited = last.map { draft.interval.start.elapsed(since: $0) }
            }
            if let saga { sagaEnds[saga] = max(sagaEnds[saga] ?? 0, draft.interval.end) }
        }
    }

    /// A message waits from the end of the span that sent it; one that comes again, from the delivery before.
    private mutating func settleDelivery(
        _ place: Int, _ sent: [String: Int], _ delivered: inout [JourneyDelivery: UnixNanoseconds]
    ) {
        let draft = drafts[place]
        let link = draft.links.first { ends[$0] != nil }
        let cause = link.flatMap { holders[$0] } ?? draft.messageID.flatMap { sent[$0] }
        let end = link.flatMap { ends[$0] } ?? cause.map { drafts[$0].interval.end }
        let delivery = JourneyDelivery(draft, link: link)
        let since = delivery.isKnown ? delivered[delivery] ?? end : end
        drafts[place].cause = cause
        drafts[place].step.waited = since.map { draft.interval.start.elapsed(since: $0) }
        delivered[delivery] = draft.interval.end
    }

    /// The drafts that sent messages, by the ids of these.
    private var sentMessages: [String: Int] {
        var sent: [String: Int] = [:]
        for (place, draft) in drafts.enumerated() where draft.step.kind == .sent {
            if let id = draft.messageID, sent[id] == nil { sent[id] = place }
        }
        return sent
    }

    private mutating func settleCompensations(_ order: [Int]) {
        struct Key: Hashable {
            var saga: String?
            var step: String?
        }
        var executed: [Key: Int] = [:]
        for place in order {
            let key = Key(saga: drafts[place].step.sagaID, step: drafts[place].step.sagaStep)
            switch drafts[place].step.kind {
            case .compensation: drafts[place].undoes = executed[key]
            case .sagaStep: executed[key] = place
            // Without a coordinator a message is the step.
            case .processed where key.step != nil: executed[key] = place
            default: break
            }
        }
    }
}

extension UnixNanoseconds {
    /// Nanoseconds since an earlier moment; zero where it is later.
    func elapsed(since earlier: UnixNanoseconds) -> UInt64 { self > earlier ? self - earlier : 0 }
}
