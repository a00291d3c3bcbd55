import Hummingbird

/// What broker and client say to each other, beside ``BrokerMessage`` and ``Delivery``.
enum BrokerCalls {
    /// `PUT /queues/{queue}`.
    struct Declaration: Codable, Sendable {
        var topics: [String]
    }

    /// `POST /queues/{queue}/receive`.
    struct Receive: Codable, Sendable {
        var limit: Int
        var waitMilliseconds: Int
    }

    /// The answer to ``Receive``, and the body of `POST /acknowledgements`.
    struct Deliveries: ResponseCodable {
        var deliveries: [Delivery]
    }

    /// `POST /rejections`.
    struct Rejection: Codable, Sendable {
        var delivery: Delivery
        var afterMilliseconds: Int
    }

    /// `POST /dead-letters`.
    struct Burial: Codable, Sendable {
        var delivery: Delivery
        var reason: String
    }
}
