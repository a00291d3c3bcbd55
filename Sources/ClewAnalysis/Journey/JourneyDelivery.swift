import ClewModel

/// What deliveries of one message are told apart by: it may go to many services, and to each several times.
struct JourneyDelivery: Hashable {
    private var service: String
    private var source: String?
    private var messageID: String?
    private var link: JourneySpan.Key?

    /// - Parameter link: What stands for the message where it has no id.
    init(_ draft: JourneyDraft, link: JourneySpan.Key?) {
        service = draft.step.service
        source = draft.step.peer
        messageID = draft.messageID
        self.link = draft.messageID == nil ? link : nil
    }

    /// Whether the message can be told from others.
    var isKnown: Bool { messageID != nil || link != nil }
}
