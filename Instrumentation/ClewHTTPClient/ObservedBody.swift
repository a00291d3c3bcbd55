import AsyncHTTPClient
import NIOCore

/// The body of a response, which ends its call when it was read, failed, or is no longer read by anyone.
struct ObservedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: HTTPClientResponse.Body.AsyncIterator
        let reading: Reading

        mutating func next() async throws -> ByteBuffer? {
            do {
                let part = try await base.next()
                if let part { reading.call.read(part.readableBytes) } else { reading.call.end() }
                return part
            } catch {
                reading.call.failed(error)
                throw error
            }
        }
    }

    /// Ends the call with the iterator: one that is dropped halfway closes the stream, however long the response itself
    /// is kept. A body that is never iterated ends its call with the response.
    final class Reading: Sendable {
        let call: ClientCall

        init(_ call: ClientCall) {
            self.call = call
        }

        deinit { call.end() }
    }

    let base: HTTPClientResponse.Body
    let call: ClientCall

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), reading: Reading(call))
    }
}
