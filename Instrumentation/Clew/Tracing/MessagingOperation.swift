import ClewModel
import CoreMetrics
import Tracing

/// The span and the metrics that all operations of a messaging client have.
struct MessagingOperation {
    enum Kind: String {
        case send, receive, process
    }

    private let kind: Kind
    private let destination: String
    private let name: String
    private let system: String

    init(_ kind: Kind, name: String, system: String, destination: String) {
        self.kind = kind
        self.name = name
        self.system = system
        self.destination = destination
    }

    /// - Parameters:
    ///   - links: Contexts of other spans; one without a span is ignored.
    ///   - batch: How many messages there are, where there may be more than one.
    ///   - messages: How many to count in the end.
    func run<T>(
        in context: ServiceContext = .current ?? .topLevel, links: [ServiceContext] = [], messageID: String? = nil,
        batch: Int? = nil, messages: () -> Int, isolation: isolated (any Actor)? = #isolation,
        _ body: (any Tracing.Span) async throws -> T
    ) async rethrows -> T {
        let start = ContinuousClock.now
        return try await withSpan("\(name) \(destination)", context: context, ofKind: spanKind) { span in
            for link in links { span.addLink(SpanLink(context: link, attributes: [:])) }
            span.describe { attributes in
                for (key, value) in dimensions { attributes[key] = value }
                attributes[SemanticConventions.messagingOperationType] = kind.rawValue
                attributes[SemanticConventions.messagingMessageID] = messageID
                attributes[SemanticConventions.messagingBatchMessageCount] = batch
            }
            do {
                let result = try await body(span)
                record(since: start, messages(), errorType: nil)
                return result
            } catch {
                let errorType = error is CancellationError ? nil : ErrorType.name(of: error)
                if let errorType { span.describe { $0[SemanticConventions.errorType] = errorType } }
                record(since: start, messages(), errorType: errorType)
                throw error
            }
        }
    }

    private var spanKind: Tracing.SpanKind {
        switch kind {
        case .send: .producer
        case .receive: .client
        case .process: .consumer
        }
    }

    private var dimensions: [(String, String)] {
        [
            (SemanticConventions.messagingSystem, system), (SemanticConventions.messagingDestinationName, destination),
            (SemanticConventions.messagingOperationName, name),
        ]
    }

    private func record(since start: ContinuousClock.Instant, _ messages: Int, errorType: String?) {
        let error = errorType.map { [(SemanticConventions.errorType, $0)] } ?? []
        let dimensions = dimensions + error
        let nanoseconds = start.duration(to: .now).nanoseconds
        if kind == .process {
            Timer(label: SemanticConventions.messagingProcessDuration, dimensions: dimensions)
                .recordNanoseconds(nanoseconds)
        } else {
            let type = (SemanticConventions.messagingOperationType, kind.rawValue)
            Timer(label: SemanticConventions.messagingClientOperationDuration, dimensions: dimensions + [type])
                .recordNanoseconds(nanoseconds)
        }
        guard messages > 0 else { return }
        let counter =
            kind == .send
            ? SemanticConventions.messagingClientSentMessages : SemanticConventions.messagingClientConsumedMessages
        Counter(label: counter, dimensions: dimensions).increment(by: messages)
    }
}
