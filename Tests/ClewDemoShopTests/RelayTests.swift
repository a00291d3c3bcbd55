import NIOCore
import NIOEmbedded
import Testing

@testable import ClewDemoShop

@Suite("The relay between two services")
struct RelayTests {
    /// Two relayed channels on one clock that the test moves.
    private struct Connection {
        let loop = EmbeddedEventLoop()
        let caller: EmbeddedChannel
        let callee: EmbeddedChannel
        let closed = ClosedOutput()

        init(fault: @escaping () -> Fault.Effect?) throws {
            let ends = RelayHandler.pair(fault: fault)
            caller = EmbeddedChannel(handler: ends.caller, loop: loop)
            callee = EmbeddedChannel(loop: loop)
            try callee.pipeline.syncOperations.addHandlers([closed, ends.callee])
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
            for channel in [caller, callee] { channel.connect(to: address, promise: nil) }
        }

        func request(_ text: String) throws {
            try caller.writeInbound(ByteBuffer(string: text))
        }

        func answer(_ text: String) throws {
            try callee.writeInbound(ByteBuffer(string: text))
        }

        func received(at channel: EmbeddedChannel) throws -> String? {
            try channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
        }
    }

    /// An embedded channel cannot close one half; this stands at its end and notes that it was asked to.
    private final class ClosedOutput: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var isClosed = false

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            if mode == .output { isClosed = true } else { context.close(mode: mode, promise: promise) }
        }
    }

    @Test("bytes pass both ways as they are")
    func bothWays() throws {
        let connection = try Connection { nil }
        try connection.request("ping")
        #expect(try connection.received(at: connection.callee) == "ping")
        try connection.answer("pong")
        #expect(try connection.received(at: connection.caller) == "pong")
    }

    @Test("a delayed request is held for the delay, in order, and the answer is not")
    func delay() throws {
        let connection = try Connection { .delay(.milliseconds(300)) }
        try connection.request("head")
        try connection.request("body")
        connection.loop.advanceTime(by: .milliseconds(299))
        #expect(try connection.received(at: connection.callee) == nil)
        connection.loop.advanceTime(by: .milliseconds(1))
        #expect(try connection.received(at: connection.callee) == "head")
        #expect(try connection.received(at: connection.callee) == "body")
        try connection.answer("pong")
        #expect(try connection.received(at: connection.caller) == "pong")
    }

    @Test("the dice are thrown once a request: at its first byte after an answer")
    func draws() throws {
        var draws = 0
        let connection = try Connection {
            draws += 1
            return nil
        }
        for text in ["head", "body"] { try connection.request(text) }
        #expect(draws == 1)
        try connection.answer("200")
        for text in ["head", "body"] { try connection.request(text) }
        #expect(draws == 2)
    }

    @Test("a failing network closes both connections and passes nothing on")
    func error() throws {
        let connection = try Connection { .error }
        try connection.request("ping")
        connection.loop.run()
        #expect(!connection.caller.isActive)
        #expect(!connection.callee.isActive)
        #expect(try connection.received(at: connection.callee) == nil)
    }

    @Test("a caller that ends its half ends the callee's input, after what was held", arguments: [0, 300])
    func halfClose(milliseconds: Int64) throws {
        let connection = try Connection { milliseconds > 0 ? .delay(.milliseconds(milliseconds)) : nil }
        try connection.request("ping")
        connection.caller.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(connection.closed.isClosed == (milliseconds == 0))
        connection.loop.advanceTime(by: .milliseconds(milliseconds))
        #expect(connection.closed.isClosed)
        #expect(try connection.received(at: connection.callee) == "ping")
        try connection.answer("pong")
        #expect(try connection.received(at: connection.caller) == "pong")
    }

    @Test("when one end goes, the other goes too")
    func close() throws {
        let connection = try Connection { nil }
        connection.callee.close(promise: nil)
        connection.loop.run()
        #expect(!connection.caller.isActive)
    }
}
