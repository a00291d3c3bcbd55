/// What a receiver holds of a queue, and what of that is in work: never two messages of one key.
///
/// The server hands out a queue's messages in their order to one process at a time; this keeps those of one key one after
/// the other within it, also where one is given back and comes again.
struct LeaseTable {
    /// A message as the server delivered it.
    struct Entry: Sendable {
        /// The server's name of the delivery.
        var tag: UInt64
        var topic: String
        /// From 1.
        var attempt: Int
        var message: BrokerMessage
    }

    /// A delivery that the server is to take back.
    struct Return: Hashable, Sendable {
        var tag: UInt64
        /// Whether it is to come again; otherwise it is a dead letter.
        var comesAgain: Bool
    }

    /// Why a key's messages wait.
    private enum Hold {
        case leased(Entry, until: ContinuousClock.Instant)
        case resting(Entry, until: ContinuousClock.Instant)
        /// Given back, and not here again yet.
        case returning(id: String, until: ContinuousClock.Instant)
    }

    /// The server brings back at once what it was given back. One that never does must not stop its key.
    private static let longestReturn = Duration.seconds(15)

    /// In the order of their delivery.
    private var waiting: [Entry] = []
    private var holds: [String: Hold] = [:]
    private var keys: [UInt64: String] = [:]

    /// Takes in a delivery: behind the others, but a message that comes again before them.
    mutating func add(_ entry: Entry) {
        let key = entry.message.key
        guard case .returning(entry.message.id, _)? = holds[key] else { return waiting.append(entry) }
        holds[key] = nil
        waiting.insert(entry, at: 0)
    }

    /// Leases the first messages of the keys that nothing is in work of.
    mutating func take(limit: Int, until end: ContinuousClock.Instant) -> [Entry] {
        var taken: [Entry] = []
        var left: [Entry] = []
        for entry in waiting {
            let key = entry.message.key
            guard taken.count < limit, holds[key] == nil, !left.contains(where: { $0.message.key == key }) else {
                left.append(entry)
                continue
            }
            holds[key] = .leased(entry, until: end)
            keys[entry.tag] = key
            taken.append(entry)
        }
        waiting = left
        return taken
    }

    /// Ends a lease.
    ///
    /// - Returns: Whether it was one: it may have run out.
    mutating func end(_ tag: UInt64) -> Bool {
        guard let key = keys.removeValue(forKey: tag) else { return false }
        holds[key] = nil
        return true
    }

    /// Keeps a message, and its key, for a while before it is given back.
    mutating func rest(_ tag: UInt64, until time: ContinuousClock.Instant) {
        guard let key = keys.removeValue(forKey: tag), case .leased(let entry, _)? = holds[key] else { return }
        holds[key] = .resting(entry, until: time)
    }

    /// What is to be given back now: messages that rested long enough, and those whose lease ran out.
    ///
    /// - Parameter mostDeliveries: A message whose lease ran out this often comes no more.
    mutating func due(at now: ContinuousClock.Instant, mostDeliveries: Int) -> [Return] {
        var returns: [Return] = []
        for (key, hold) in holds {
            switch hold {
            case .leased(let entry, let end) where end <= now:
                keys[entry.tag] = nil
                let comesAgain = entry.attempt < mostDeliveries
                returns.append(Return(tag: entry.tag, comesAgain: comesAgain))
                holds[key] = comesAgain ? returning(entry, now) : nil
            case .resting(let entry, let end) where end <= now:
                returns.append(Return(tag: entry.tag, comesAgain: true))
                holds[key] = returning(entry, now)
            case .returning(_, let end) where end <= now: holds[key] = nil
            default: break
            }
        }
        return returns
    }

    private func returning(_ entry: Entry, _ now: ContinuousClock.Instant) -> Hold {
        .returning(id: entry.message.id, until: now + Self.longestReturn)
    }
}
