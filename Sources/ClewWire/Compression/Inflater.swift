import CZlib

/// Decompresses gzip or zlib as it arrives, part by part, into one output.
///
/// One object serves any number of streams, one after another: zlib's state of about 40 KB is kept between them.
@safe public final class Inflater {
    /// What the bytes around the deflated data are.
    public enum Format: Int32, Sendable {
        /// RFC 1952, one or more members. zlib takes 16 added to the window bits for it.
        case gzip = 31
        /// RFC 1950.
        case zlib = 15
    }

    /// Memory that one object takes, rounded up: zlib's window of 32 KiB and its tables.
    public static let memory = 48 << 10

    /// Most bytes that one call to zlib produces: twice its window, and small beside a request.
    private static let chunk = 65_536

    private let format: Format
    /// Owned: made in `init`, freed in `deinit`, never handed out. On the heap because zlib's state points back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the stream's last byte was consumed; a gzip member may follow.
    private var isAtEnd = false
    /// Bytes of this stream that were consumed.
    private var offset = 0

    /// - Throws: ``WireError/Code/tooLarge`` where zlib has no memory.
    public init(_ format: Format) throws(WireError) {
        self.format = format
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let opened = unsafe inflateInit2_(
            stream, format.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else {
            unsafe stream.deallocate()
            throw WireError(.tooLarge, "zlib has no memory to decompress", at: 0)
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Begins another stream, whatever became of the one before.
    public func reset() {
        // Fails only for a stream that was never opened.
        _ = unsafe inflateReset(stream)
        (isAtEnd, offset) = (false, 0)
    }

    /// Appends what the next bytes of the stream decompress to.
    ///
    /// The checksum of a member is verified when its end comes. After an error only ``reset()`` makes sense.
    ///
    /// - Parameter limit: Most bytes the output may have. A bomb ends as ``WireError/Code/tooLarge`` with no more than one
    ///   byte beyond it.
    public func append(_ input: RawSpan, to output: inout [UInt8], limit: Int) throws(WireError) {
        var next = 0
        while true {
            if isAtEnd {
                guard next < input.byteCount else { return }
                guard format == .gzip else {
                    throw WireError(
                        .malformed, "\(input.byteCount - next) bytes follow the compressed data", at: offset)
                }
                _ = unsafe inflateReset(stream)
                isAtEnd = false
            }
            // One byte over the limit tells "exactly at the limit" from "beyond it".
            let room = min(Self.chunk, limit - output.count + 1)
            let progress = inflate(input.extracting(next..<input.byteCount), into: &output, room: room)
            next += progress.consumed
            offset += progress.consumed
            guard output.count <= limit else {
                throw WireError(.tooLarge, "decompresses to more than \(limit) bytes", at: offset)
            }
            switch progress.status {
            case Z_STREAM_END: isAtEnd = true
            // With room left, zlib has taken all of the input.
            case Z_OK, Z_BUF_ERROR: if progress.produced < room { return }
            default: throw WireError(.malformed, reason, at: offset)
            }
        }
    }

    /// Checks that the stream was whole.
    public func finish() throws(WireError) {
        guard isAtEnd else { throw WireError(.truncated, "the compressed data ends too early", at: offset) }
    }

    /// Decompresses a whole input to a whole output.
    static func decompress(_ input: [UInt8], _ format: Format, limit: Int) throws(WireError) -> [UInt8] {
        let inflater = try Inflater(format)
        var output: [UInt8] = []
        // Safe: bytes of an array have no padding.
        try inflater.append(unsafe input.span.bytes, to: &output, limit: limit)
        try inflater.finish()
        return output
    }

    private var reason: String {
        guard let message = unsafe stream.pointee.msg else { return "not compressed data" }
        return unsafe "not valid compressed data: \(String(cString: message))"
    }

    /// What one call to zlib did.
    private struct Progress {
        var status = Z_OK
        var consumed = 0
        var produced = 0
    }

    /// Decompresses until the output has no room or the input ends.
    private func inflate(_ input: RawSpan, into output: inout [UInt8], room: Int) -> Progress {
        var progress = Progress()
        output.append(addingCapacity: room) { span in
            // Safe: zlib writes at most avail_out bytes of the room and reads at most avail_in bytes of the input, both
            // pointers are used only while their owners are borrowed, and zlib never writes through next_in.
            unsafe span.withUnsafeMutableBufferPointer { buffer, count in
                unsafe input.withUnsafeBytes { input in
                    let bytes = unsafe input.assumingMemoryBound(to: UInt8.self)
                    let available = UInt32(clamping: bytes.count)
                    unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                    unsafe stream.pointee.avail_in = available
                    unsafe stream.pointee.next_out = buffer.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(room)
                    progress.status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                    progress.consumed = unsafe Int(available - stream.pointee.avail_in)
                    progress.produced = unsafe room - Int(stream.pointee.avail_out)
                    count = progress.produced
                }
            }
        }
        return progress
    }
}
