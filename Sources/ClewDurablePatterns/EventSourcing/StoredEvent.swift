public import Clew
public import ClewModel

/// An event as a store has it.
public struct StoredEvent<Event: Sendable>: Sendable {
    /// The id of what it happened to.
    public var stream: String
    /// Its place in its stream, from 1 and without gaps.
    public var version: Int
    /// Its place among all events of the store: it grows, and has gaps.
    public var position: Int64
    /// See ``EventSourced/eventType(of:)``.
    public var type: String
    public var schemaVersion: Int
    public var event: Event
    /// When it was appended.
    public var time: UnixNanoseconds
    /// The context that appended it, to link to.
    public var context: StoredContext
    /// Of the business request that appended it.
    public var correlationID: String?

    public init(
        stream: String, version: Int, position: Int64, type: String, schemaVersion: Int = 1, event: Event,
        time: UnixNanoseconds, context: StoredContext, correlationID: String? = nil
    ) {
        self.stream = stream
        self.version = version
        self.position = position
        self.type = type
        self.schemaVersion = schemaVersion
        self.event = event
        self.time = time
        self.context = context
        self.correlationID = correlationID
    }
}
