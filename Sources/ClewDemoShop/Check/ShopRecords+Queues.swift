extension ShopRecords {
    /// Takes the queues to be those that the shop's consumers declare, for a broker that keeps no file here.
    ///
    /// A consumer whose service has run here must have had everything, whatever the broker knows of its queue. Where
    /// the broker does not answer, nothing is known to wait, so that all that is missing is lost.
    ///
    /// - Parameter answer: What the broker says of the queues that it has.
    mutating func addQueues(_ answer: Result<[Subscription: QueueCounts], ShopError>) {
        var queues: [String: Queue] = [:]
        for subscription in Subscription.allCases {
            let counts = (try? answer.get())?[subscription]
            guard counts != nil || files.contains(subscription.service) else {
                remarks.append("the queue '\(subscription.queue)' is not looked at: \(subscription.service) never ran")
                continue
            }
            queues[subscription.queue] = Queue(
                topics: Set(subscription.topics.map(\.rawValue)), depth: counts?.waiting ?? 0,
                deadLetters: counts?.deadLetters ?? 0)
            if counts == nil, case .success = answer {
                remarks.append("there is no queue '\(subscription.queue)' at the broker")
            }
        }
        if case .failure(let error) = answer {
            remarks.append("what the queues hold is not known, and what did not come counts as lost: \(error)")
        }
        self.queues = queues
    }
}
