public import ClewModel

extension Journey {
    /// Who did what, how long it took, and how long it had waited for its turn.
    public struct Step: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// A request from outside.
            case request
            /// A call of another service with all that happened below it; calls of one kind below one step are summed.
            case call
            /// A call that was sent again.
            case retry
            /// An answer from the store of an idempotency key: the work was not repeated.
            case replayed
            case sent
            case processed
            /// A delivery that an inbox dropped because it knew the message.
            case duplicate
            /// A delivery that failed: the message comes again, or goes to the dead letters.
            case failedDelivery
            case sagaStep
            case compensation
            /// A saga's further run, after its orchestrator stopped or left it.
            case resumption
        }

        /// From 1, in order of time.
        public var number: Int
        public var kind: Kind
        public var service: String
        /// The span's name; of a call the name of the called operation, where it is known.
        public var operation: String
        /// The service that is called, or the destination of the message.
        public var peer: String?
        public var start: UnixNanoseconds
        /// Since the start of the journey.
        public var offset: UInt64
        /// The span's duration; of a batch this journey's share, of calls summed up the time in which one was open.
        public var work: UInt64
        /// From the end of the sending span, of the delivery before, or of the run before, to ``start``; of a relay the
        /// time in the outbox. `nil` where nothing is waited for, or where the beginning of the wait was not seen.
        public var waited: UInt64?
        public var isError: Bool
        /// The status message, else the exception's message, else the type of the error.
        public var error: String?
        /// Which attempt of a saga's step or of a call, or which delivery of a message; from 1.
        public var attempt: Int?
        /// Calls summed up.
        public var count: Int
        /// Messages of the batch, of which only some belong to this journey.
        public var batchSize: Int?
        public var messageType: String?
        /// Whether a relay sent it from an outbox.
        public var isRelayed: Bool
        public var sagaID: String?
        public var sagaStep: String?
        /// The number of the step that a compensation undoes.
        public var undoes: Int?
        /// The number of the step that sent the message, or of the one that wrote it to the outbox.
        public var cause: Int?
        public var orderID: String?
        public var traceID: TraceID
        /// At most ``maximumSpans``.
        public var spanIDs: [SpanID]

        public static let maximumSpans = 8

        public init(
            number: Int = 0, kind: Kind, service: String, operation: String, peer: String? = nil,
            start: UnixNanoseconds, offset: UInt64 = 0, work: UInt64, waited: UInt64? = nil, isError: Bool = false,
            error: String? = nil, attempt: Int? = nil, count: Int = 1, batchSize: Int? = nil,
            messageType: String? = nil, isRelayed: Bool = false, sagaID: String? = nil, sagaStep: String? = nil,
            undoes: Int? = nil, cause: Int? = nil, orderID: String? = nil, traceID: TraceID, spanIDs: [SpanID] = []
        ) {
            self.number = number
            self.kind = kind
            self.service = service
            self.operation = operation
            self.peer = peer
            self.start = start
            self.offset = offset
            self.work = work
            self.waited = waited
            self.isError = isError
            self.error = error
            self.attempt = attempt
            self.count = count
            self.batchSize = batchSize
            self.messageType = messageType
            self.isRelayed = isRelayed
            self.sagaID = sagaID
            self.sagaStep = sagaStep
            self.undoes = undoes
            self.cause = cause
            self.orderID = orderID
            self.traceID = traceID
            self.spanIDs = Array(spanIDs.prefix(Self.maximumSpans))
        }
    }
}

extension Journey.Step.Kind {
    /// Whether somebody received a message.
    public var isDelivery: Bool { self == .processed || self == .duplicate || self == .failedDelivery }

    /// Whether plain calls below belong to the step itself.
    var takesCalls: Bool { self == .sagaStep || self == .compensation || self == .retry }

    /// What is kept when there are too many steps, the lowest first.
    var rank: Int {
        switch self {
        case .request, .sagaStep, .compensation, .resumption, .failedDelivery: 0
        case .processed, .duplicate, .replayed, .retry: 1
        case .sent: 2
        case .call: 3
        }
    }
}
