import NIOCore

/// One end of a relayed connection; what it reads, its partner writes.
///
/// The end at the caller asks for a fault at the first byte of each request (the first byte after the callee spoke: HTTP/1.1
/// without pipelining). While a request is held nothing more is read, so a held connection keeps at most one read.
final class RelayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let fault: () -> Fault.Effect?
    private var context: ChannelHandlerContext?
    private var partner: RelayHandler?
    private var held: [ByteBuffer] = []
    private var isHolding = false
    private var hasHeldEnd = false
    private var wantsRead = false
    private var expectsRequest = true

    private init(fault: @escaping () -> Fault.Effect?) {
        self.fault = fault
    }

    /// The two ends of a connection, for the pipelines of two channels on one event loop.
    static func pair(fault: @escaping () -> Fault.Effect?) -> (caller: RelayHandler, callee: RelayHandler) {
        let caller = RelayHandler(fault: fault)
        let callee = RelayHandler(fault: { nil })
        caller.partner = callee
        callee.partner = caller
        return (caller, callee)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if expectsRequest {
            expectsRequest = false
            switch fault() {
            case .delay(let delay): hold(for: delay, context: context)
            case .error: return context.close(promise: nil)
            case nil: break
            }
        }
        let bytes = unwrapInboundIn(data)
        if isHolding {
            held.append(bytes)
        } else {
            partner?.write(bytes)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        if isHolding {
            hasHeldEnd = true
        } else {
            partner?.context?.close(mode: .output, promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.context?.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Reads only as fast as the partner can write.
    func read(context: ChannelHandlerContext) {
        if !isHolding, partner?.context?.channel.isWritable ?? false {
            context.read()
        } else {
            wantsRead = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.resumeReading() }
        context.fireChannelWritabilityChanged()
    }

    private func hold(for delay: Duration, context: ChannelHandlerContext) {
        isHolding = true
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { self.release() }
    }

    private func release() {
        isHolding = false
        for bytes in held { partner?.write(bytes) }
        held.removeAll()
        partner?.context?.flush()
        if hasHeldEnd { partner?.context?.close(mode: .output, promise: nil) }
        resumeReading()
    }

    private func write(_ bytes: ByteBuffer) {
        expectsRequest = true
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    private func resumeReading() {
        guard wantsRead, let context else { return }
        wantsRead = false
        read(context: context)
    }
}
