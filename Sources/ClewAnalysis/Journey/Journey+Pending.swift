public import ClewModel

extension Journey {
    /// Something that was begun and has shown no end.
    public struct Pending: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// A message that nobody was seen to receive, though its destination has consumers.
            case message
            /// A message whose last delivery failed.
            case delivery
            /// A saga without an end.
            case saga
            /// A saga that waits for somebody to repair it.
            case parkedSaga
        }

        public var kind: Kind
        /// The destination of the message, or the name of the saga.
        public var name: String
        /// The message's type or id, or the saga's id; `nil` where none was sent.
        public var detail: String?
        /// Who sent the message, failed to process it, or showed the last sign of the saga; `nil` where unknown.
        public var service: String?
        /// The end of the last span that shows it.
        public var since: UnixNanoseconds
        public var traceID: TraceID

        public init(
            kind: Kind, name: String, detail: String? = nil, service: String? = nil, since: UnixNanoseconds,
            traceID: TraceID
        ) {
            self.kind = kind
            self.name = name
            self.detail = detail
            self.service = service
            self.since = since
            self.traceID = traceID
        }
    }
}
