import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where log lines go: whole lines, one after the other.
public struct LogOutput: Sendable {
    /// Takes one line with its newline; may be called from any thread.
    public var write: @Sendable ([UInt8]) -> Void
    /// Whether people read it, so that text may be coloured.
    public var isTerminal: Bool

    public init(isTerminal: Bool = false, _ write: @escaping @Sendable ([UInt8]) -> Void) {
        self.isTerminal = isTerminal
        self.write = write
    }

    /// Writes each line at once, unbuffered, so that the last words of a crashing process are not lost.
    ///
    /// Like `print`, it waits where the reader of standard output does; a reader that is gone loses lines silently.
    public static let standardOutput = LogOutput(LineWriter(1))

    /// The same for standard error, for programs whose standard output is their result.
    public static let standardError = LogOutput(LineWriter(2))

    private init(_ writer: LineWriter) {
        self.init(isTerminal: isatty(writer.descriptor) == 1) { writer.write($0) }
    }
}

/// Writes whole lines to an open file.
private final class LineWriter: Sendable {
    let descriptor: CInt
    private let lock = Mutex(())

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    func write(_ bytes: [UInt8]) {
        lock.withLock { _ in
            var written = 0
            while written < bytes.count {
                let rest = bytes[written...]
                // The pointer is used only inside the call, for the slice's own count of bytes.
                let count = unsafe rest.withUnsafeBytes { unsafe systemWrite(descriptor, $0.baseAddress, $0.count) }
                if count > 0 {
                    written += count
                } else if errno == EAGAIN {
                    // The file may have been made non-blocking by whoever shares it: wait until it takes more.
                    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = unsafe poll(&request, 1, -1)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

/// `write(2)`, named apart from ``LineWriter/write(_:)``.
private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}
