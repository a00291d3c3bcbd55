import NIOCore

/// Accepts no more connections than may be open; the others wait in the kernel.
///
/// Exact where the listening socket reads one connection at a time.
final class ConnectionGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let maximum: Int
    private var open = 0
    private var isReadHeld = false

    init(maximum: Int) {
        self.maximum = max(1, maximum)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        open += 1
        let (gate, context) = (NIOLoopBound(self, eventLoop: context.eventLoop), context)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).whenComplete { _ in
            gate.value.closed(loopBound.value)
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        isReadHeld = open >= maximum
        if !isReadHeld { context.read() }
    }

    private func closed(_ context: ChannelHandlerContext) {
        open -= 1
        guard isReadHeld, open < maximum else { return }
        isReadHeld = false
        context.read()
    }
}
