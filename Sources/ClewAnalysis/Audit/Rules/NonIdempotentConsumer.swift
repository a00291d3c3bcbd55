import ClewModel

/// A message that was delivered twice and took effect twice.
struct NonIdempotentConsumer: AuditDetector {
    static let rule = AuditRule(
        name: "non-idempotent-consumer",
        title: "non-idempotent consumer",
        severity: .high,
        detection: """
            One service handles one message of a destination, by its id, more than once, each time without an error \
            and with effect: `clew.inbox.outcome` is `processed`, or it is absent and the handling wrote a database or \
            asked none. Attempts that failed are retries, and what an inbox dropped is harmless. At least `messages` \
            messages.
            """,
        harm: "Brokers deliver at least once: sooner or later each effect happens twice.",
        refutation: """
            The effect is the same however often it happens, or two independent consumers of one service read the \
            destination.
            """,
        advice: "Record the message's id in the transaction of its effect, and drop what is known: an inbox.",
        parameters: [.init("messages", 1, "messages that took effect more than once")])

    /// Where of so many messages such a share is handled twice, and each time as a first delivery, it is no broker that
    /// repeats itself: two consumers read one destination.
    private static let twoConsumers = (messages: 20, share: 0.9)

    private struct Place: Hashable {
        var service: String
        var destination: String
        /// Each of several consumers of one destination has every message once.
        var group: String
    }

    private struct Message: Hashable {
        var place: Place
        var id: String
    }

    private struct Handling {
        var executions = Executions()
        /// Whether one of them says that the broker delivered the message again.
        var isRedelivered = false
    }

    private struct Count {
        var repetitions = Executions.Repetitions()
        var isRedelivered = false
    }

    private let minimum: Int
    private var messages = BoundedTable<Message, Handling>()

    init(_ settings: AuditSettings) {
        minimum = max(1, settings.count("messages", of: Self.rule))
    }

    mutating func visit(_ trace: AuditTrace) {
        let consumers = trace.indices.filter { Self.message(of: $0, trace) != nil }
        guard !consumers.isEmpty else { return }
        let work = DatabaseWork(trace)
        for index in consumers {
            guard let message = Self.message(of: index, trace) else { continue }
            count(message, index, Self.effect(index, trace, work), trace)
        }
    }

    private mutating func count(_ message: Message, _ index: Int, _ effect: Finding.Confidence?, _ trace: AuditTrace) {
        let delivery = trace.spans[index].int(SemanticConventions.messageDelivery)
        messages.update(message, initial: Handling()) {
            guard let effect else { return }
            if delivery ?? 1 > 1 { $0.isRedelivered = true }
            let note = "message \(message.id)\(delivery.map { ", delivery \($0)" } ?? "")"
            $0.executions.add(effect, at: trace.spans[index].summary.start, trace.evidence([index], note))
        }
    }

    /// How sure it is that handling a message had an effect; `nil` where it had none.
    private static func effect(_ index: Int, _ trace: AuditTrace, _ work: DatabaseWork) -> Finding.Confidence? {
        guard !trace.isError(index) else { return nil }
        switch trace.spans[index].string(SemanticConventions.inboxOutcome) {
        case "processed": return .certain
        case nil: break
        default: return nil
        }
        let below = work.below(index, of: trace)
        if below.writes > 0 { return .likely }
        return below.calls == below.unknown ? .possible : nil
    }

    private static func message(of index: Int, _ trace: AuditTrace) -> Message? {
        let span = trace.spans[index]
        guard span.summary.kind == .consumer, span.int(SemanticConventions.messagingBatchMessageCount) ?? 1 <= 1,
            let id = span.string(SemanticConventions.messagingMessageID), !id.isEmpty
        else { return nil }
        let destination = span.summary.target?.name ?? ""
        let group = span.string(SemanticConventions.messagingConsumerGroupName) ?? ""
        return Message(place: Place(service: span.summary.service, destination: destination, group: group), id: id)
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        var places: [Place: Count] = [:]
        for (message, handling) in messages.values {
            places[message.place, default: Count()].repetitions.add(handling.executions)
            if handling.isRedelivered { places[message.place]?.isRedelivered = true }
        }
        return places.filter { $0.value.repetitions.occurrences >= minimum && !Self.isTwoConsumers($0.value) }.map {
            finding($0.key, $0.value.repetitions)
        }
    }

    private static func isTwoConsumers(_ count: Count) -> Bool {
        let (occurrences, population) = (count.repetitions.occurrences, count.repetitions.population)
        return !count.isRedelivered && population >= twoConsumers.messages
            && Double(occurrences) >= twoConsumers.share * Double(population)
    }

    private func finding(_ place: Place, _ repetitions: Executions.Repetitions) -> Finding {
        let destination = place.destination.isEmpty ? Hop.unknownTarget : place.destination
        return Finding(
            rule: Self.rule, confidence: repetitions.confidence,
            place: "\(destination) => \(place.service)", services: [place.service],
            summary: """
                \(repetitions.occurrences) of \(repetitions.population) messages took effect more than once, \
                \(repetitions.surplus) times too often
                """,
            occurrences: repetitions.occurrences, population: repetitions.population,
            cost: Finding.Cost(errors: repetitions.surplus), reason: Self.reason(repetitions.confidence),
            evidence: repetitions.evidence)
    }

    private static func reason(_ confidence: Finding.Confidence) -> String {
        switch confidence {
        case .certain: "the inbox itself says that it processed the same message twice"
        case .likely: "each time the handling wrote a database and ended without an error"
        case .possible: "each time the handling ended without an error; what it changed is not visible"
        }
    }
}
