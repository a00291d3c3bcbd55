import GRPCCore

/// A writer that counts the messages that were written.
struct CountingWriter<Element: Sendable>: RPCWriterProtocol {
    let writer: RPCWriter<Element>
    let count: @Sendable (Int) -> Void

    func write(_ element: Element) async throws {
        try await writer.write(element)
        count(1)
    }

    func write(contentsOf elements: some Sequence<Element>) async throws {
        let elements = Array(elements)
        try await writer.write(contentsOf: elements)
        count(elements.count)
    }
}

/// The messages of a request, counted as the handler reads them.
struct CountedRequests<Message: Sendable>: AsyncSequence, Sendable {
    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RPCAsyncSequence<Message, any Error>.AsyncIterator
        let call: RPCCall

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> Message? {
            let message = try await base.next(isolation: actor)
            if message != nil { call.sentOrReceivedRequests() }
            return message
        }

        mutating func next() async throws -> Message? { try await next(isolation: nil) }
    }

    let base: RPCAsyncSequence<Message, any Error>
    let call: RPCCall

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), call: call) }
}

/// The parts of a response, which end the call with their end.
struct ObservedParts<Message: Sendable>: AsyncSequence, Sendable {
    typealias Part = StreamingClientResponse<Message>.Contents.BodyPart

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RPCAsyncSequence<Part, any Error>.AsyncIterator
        let call: RPCCall

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> Part? {
            do {
                let part = try await base.next(isolation: actor)
                switch part {
                case .message: call.sentOrReceivedResponses()
                case .trailingMetadata, nil: call.succeeded()
                }
                return part
            } catch {
                call.failed(error, isCancelled: Task.isCancelled)
                throw error
            }
        }

        mutating func next() async throws -> Part? { try await next(isolation: nil) }
    }

    let base: RPCAsyncSequence<Part, any Error>
    let call: RPCCall

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), call: call) }
}
