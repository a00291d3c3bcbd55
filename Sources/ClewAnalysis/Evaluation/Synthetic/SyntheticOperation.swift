import ClewModel

/// What a service of the synthetic shop does for a request or a message.
struct SyntheticOperation: Sendable {
    var service: SyntheticService
    /// As its entry span is called: `GET /products`, `process orders`.
    var name: String
    var isConsumer: Bool
    var steps: [SyntheticStep]
    /// What it logs first.
    var opening: SyntheticLine
    /// What it logs when all went well.
    var closing: SyntheticLine
    /// Those of its entry span, without the outcome.
    var attributes: Attributes
    /// The name and the attributes of the span of a call to it.
    var callName: String
    var callAttributes: Attributes

    init(
        _ service: SyntheticService, _ method: String, _ route: String, _ steps: [SyntheticStep],
        opening: SyntheticLine, closing: SyntheticLine
    ) {
        self.service = service
        self.steps = steps
        self.opening = opening
        self.closing = closing
        name = "\(method) \(route)"
        isConsumer = false
        attributes = [
            Attribute(SemanticConventions.httpRequestMethod, .string(method)),
            Attribute(SemanticConventions.httpRoute, .string(route)),
            Attribute(SemanticConventions.urlScheme, "http"),
        ]
        callName = method
        callAttributes = [
            Attribute(SemanticConventions.httpRequestMethod, .string(method)),
            Attribute(SemanticConventions.serverAddress, .string(service.rawValue)),
            Attribute(SemanticConventions.serverPort, 8080),
        ]
    }

    /// An operation that a message of a topic begins.
    init(
        _ service: SyntheticService, processing topic: String, _ steps: [SyntheticStep], opening: SyntheticLine,
        closing: SyntheticLine
    ) {
        self.service = service
        self.steps = steps
        self.opening = opening
        self.closing = closing
        name = "process \(topic)"
        isConsumer = true
        attributes =
            Self.messaging(topic, "process") + [
                Attribute(SemanticConventions.messagingConsumerGroupName, .string(service.rawValue))
            ]
        // A message is no call: its span is the sender's, whoever hears it.
        callName = ""
        callAttributes = []
    }

    static func messaging(_ topic: String, _ operation: String) -> Attributes {
        [
            Attribute(SemanticConventions.messagingSystem, "kafka"),
            Attribute(SemanticConventions.messagingDestinationName, .string(topic)),
            Attribute(SemanticConventions.messagingOperationType, .string(operation)),
        ]
    }

    /// The last step that leaves spans; without one an early return would show nowhere.
    var lastVisibleStep: Int? { steps.lastIndex(where: \.leavesSpans) }
}
