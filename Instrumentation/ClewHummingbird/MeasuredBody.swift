import HTTPTypes
import Hummingbird
import NIOCore

/// A request's body whose bytes are counted as the handler reads them.
struct MeasuredRequestBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        let exchange: ServerExchange

        mutating func next() async throws -> ByteBuffer? {
            let part = try await base.next()
            if let part { exchange.read(part.readableBytes) }
            return part
        }
    }

    let base: RequestBody
    let exchange: ServerExchange

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), exchange: exchange)
    }
}

/// Counts the bytes of a response's body once they are written.
struct MeasuringWriter: ResponseBodyWriter {
    var writer: any ResponseBodyWriter
    let exchange: ServerExchange

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await writer.write(buffer)
        exchange.wrote(buffer.readableBytes)
    }

    mutating func write(contentsOf buffers: some Sequence<ByteBuffer>) async throws {
        let buffers = Array(buffers)
        try await writer.write(contentsOf: buffers)
        exchange.wrote(buffers.reduce(0) { $0 + $1.readableBytes })
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.finish(trailingHeaders)
    }
}

extension ResponseBody {
    /// Whether the whole body is in memory, so that no code of the handler runs any more to write it.
    ///
    /// Hummingbird writes such a body with its head at once, where a closure takes three writes; only its
    /// private storage tells the two apart. Where that is not as it was, the body counts as a closure.
    var isBuffered: Bool {
        guard let storage = Mirror(reflecting: self).children.first?.value else { return false }
        let mirror = Mirror(reflecting: storage)
        guard mirror.displayStyle == .enum else { return false }
        // A case without a value has no children; `empty` is the only one.
        return mirror.children.first.map { $0.label == "byteBuffer" } ?? (contentLength == 0)
    }
}
