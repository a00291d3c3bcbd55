/// How much the receivers take from the network at a time.
public struct IngestLimits: Hashable, Sendable {
    /// Bytes of a request body as it comes.
    public var maximumBodyBytes = 16 << 20
    /// Bytes of a request body after decompression.
    public var maximumDecompressedBytes = 64 << 20
    /// Bytes of all requests that are being received and stored.
    public var maximumInFlightBytes = 128 << 20
    /// How long a sender may take over one request body.
    public var readTimeout = Duration.seconds(30)
    /// Connections that are open at a time; more wait in the kernel to be accepted.
    public var maximumConnections = 1024
    /// How long a connection may be idle, or take over the head of a request, or leave an answer unread.
    public var idleTimeout = Duration.seconds(120)
    /// The datagram socket's receive buffer (`SO_RCVBUF`); the kernel may grant less.
    public var datagramBufferBytes = 4 << 20
    /// Bytes of the datagrams that wait to be stored.
    public var datagramQueueBytes = 16 << 20

    public init() {}
}
