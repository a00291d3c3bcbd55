import ClewModel

/// The messages of a journey that have not arrived.
struct JourneyMessages {
    private let steps: [JourneyDraft]
    private let consumed: Set<String>

    /// - Parameters:
    ///   - steps: In order of time.
    ///   - consumed: Destinations that are known to have consumers.
    init(_ steps: [JourneyDraft], consumed: Set<String>) {
        self.steps = steps
        self.consumed = consumed
    }

    var pending: [Journey.Pending] { unreceived + failed }

    /// Messages that nobody received, of destinations from which somebody receives.
    private var unreceived: [Journey.Pending] {
        let deliveries = steps.filter { $0.step.kind.isDelivery || $0.step.kind == .compensation }
        let linked = Set(deliveries.flatMap { $0.links })
        let received = Set(deliveries.compactMap { $0.messageID })
        let sent = steps.filter { $0.step.kind == .sent }
        func isReceived(_ draft: JourneyDraft) -> Bool {
            linked.contains(draft.key) || (draft.messageID.map { received.contains($0) } ?? false)
        }
        // A consumer may be named after its queue, and the producer's span after the topic.
        let destinations = consumed.union(deliveries.compactMap { $0.step.peer })
            .union(sent.filter(isReceived).compactMap { $0.step.peer })
        return sent.compactMap { draft in
            guard let destination = draft.step.peer, destinations.contains(destination), !draft.step.isError,
                !isReceived(draft)
            else { return nil }
            return entry(.message, draft)
        }
    }

    /// Messages of which a service's last delivery failed.
    private var failed: [Journey.Pending] {
        var last: [JourneyDelivery: JourneyDraft] = [:]
        for draft in steps where draft.step.kind.isDelivery && draft.step.batchSize == nil {
            last[JourneyDelivery(draft, link: draft.links.first)] = draft
        }
        return last.values.filter { $0.step.kind == .failedDelivery }.map { entry(.delivery, $0) }
    }

    private func entry(_ kind: Journey.Pending.Kind, _ draft: JourneyDraft) -> Journey.Pending {
        Journey.Pending(
            kind: kind, name: draft.step.peer ?? draft.step.operation,
            detail: draft.step.messageType ?? draft.messageID, service: draft.step.service,
            since: draft.interval.end, traceID: draft.step.traceID)
    }
}
