import NIOCore
import NIOPosix

/// The network between two services: a TCP relay beside the caller that can hold or break what passes.
///
/// The caller connects to the relay as if it were the callee, so a delay here lies between the client span and the
/// server span, where a slow network's would.
struct Relay: Sendable {
    private let channel: any Channel
    /// The port on loopback that callers connect to.
    let port: Int

    /// Listens on a free loopback port and relays each connection to the callee.
    ///
    /// - Parameter fault: Asked once a request, at its first byte.
    static func listen(
        to host: String,
        port: Int,
        fault: @escaping @Sendable () -> Fault.Effect?
    ) async throws -> Relay {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { caller in
                // Reading starts when this future is done: no byte is lost before the callee is there.
                connect(caller, to: host, port: port, fault: fault)
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        guard let bound = channel.localAddress?.port else {
            throw ShopError(.startFailed, "the relay to \(host):\(port) has no port")
        }
        return Relay(channel: channel, port: bound)
    }

    func close() async {
        try? await channel.close()
    }

    private static func connect(
        _ caller: any Channel,
        to host: String,
        port: Int,
        fault: @escaping @Sendable () -> Fault.Effect?
    ) -> EventLoopFuture<Void> {
        ClientBootstrap(group: caller.eventLoop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port)
            .flatMapThrowing { callee in
                let (callerSide, calleeSide) = RelayHandler.pair(fault: fault)
                try caller.pipeline.syncOperations.addHandler(callerSide)
                try callee.pipeline.syncOperations.addHandler(calleeSide)
            }
    }
}
