import CZlib

/// The one place that calls zlib: a whole input to a whole output, in the gzip or the zlib format.
struct ZlibStream {
    enum Format: Int32 {
        /// RFC 1952. zlib takes 16 added to the window bits for it.
        case gzip = 31
        /// RFC 1950.
        case zlib = 15
    }

    /// What one call to inflate did.
    struct Progress {
        var status: Int32
        var consumed: Int
        var produced: Int
    }

    let format: Format

    /// - Parameter level: 1 (fast) to 9 (small).
    func compress(_ input: [UInt8], level: Int) throws(WireError) -> [UInt8] {
        guard input.count <= Int(UInt32.max) else {
            throw WireError(.tooLarge, "zlib takes at most 4 GiB at once", at: 0)
        }
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let level = Int32(clamping: min(max(level, 1), 9))
        // 8 is zlib's default memory level.
        let opened = unsafe deflateInit2_(
            &stream, level, Z_DEFLATED, format.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard opened == Z_OK else { throw WireError(.tooLarge, "zlib has no memory to compress", at: 0) }
        defer { unsafe deflateEnd(&stream) }
        let bound = Int(unsafe deflateBound(&stream, uLong(input.count)))
        var status = Z_OK
        // Safe: zlib writes at most avail_out bytes of the buffer and reads at most avail_in bytes of the input, both
        // pointers are used only while their arrays are borrowed, and zlib never writes through next_in.
        let output = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            unsafe input.withUnsafeBufferPointer { input in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = buffer.baseAddress
                unsafe stream.avail_out = UInt32(clamping: buffer.count)
                status = unsafe deflate(&stream, Z_FINISH)
                count = unsafe Int(stream.total_out)
            }
        }
        guard status == Z_STREAM_END else { throw WireError(.tooLarge, "zlib cannot compress this input", at: 0) }
        return output
    }

    /// Decompresses all members of the input, one after another.
    ///
    /// Memory grows with what is really there, never beyond `limit` and one chunk.
    func decompress(_ input: [UInt8], limit: Int) throws(WireError) -> [UInt8] {
        var output: [UInt8] = []
        var offset = 0
        repeat {
            try decompressMember(input, from: &offset, into: &output, limit: limit)
        } while offset < input.count && format == .gzip
        guard offset == input.count else {
            throw WireError(.malformed, "\(input.count - offset) bytes follow the compressed data", at: offset)
        }
        return output
    }

    private func decompressMember(
        _ input: [UInt8], from offset: inout Int, into output: inout [UInt8], limit: Int
    ) throws(WireError) {
        var stream = unsafe z_stream()
        let opened = unsafe inflateInit2_(
            &stream, format.rawValue, ZLIB_VERSION, unsafe Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw WireError(.tooLarge, "zlib has no memory to decompress", at: 0) }
        defer { unsafe inflateEnd(&stream) }
        while true {
            // One byte over the limit tells "exactly at the limit" from "beyond it".
            let room = min(Self.chunk, limit - output.count + 1)
            let progress = unsafe inflate(&stream, input, offset, into: &output, room: room)
            offset += progress.consumed
            guard output.count <= limit else {
                throw WireError(.tooLarge, "decompresses to more than \(limit) bytes", at: offset)
            }
            switch progress.status {
            case Z_STREAM_END: return
            case Z_OK where progress.consumed > 0 || progress.produced > 0: continue
            case Z_OK, Z_BUF_ERROR: throw WireError(.truncated, "the compressed data ends too early", at: input.count)
            default: throw WireError(.malformed, unsafe Self.reason(stream), at: offset)
            }
        }
    }

    /// 64 KiB: twice zlib's window, and small beside a request.
    private static let chunk = 65_536

    /// Decompresses from an offset of the input until the output has no room or the input ends.
    private func inflate(
        _ stream: inout z_stream, _ input: [UInt8], _ offset: Int, into output: inout [UInt8], room: Int
    ) -> Progress {
        var progress = Progress(status: Z_OK, consumed: 0, produced: 0)
        // Safe: as in compress; the chunk's first `produced` bytes are the ones that zlib wrote.
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            unsafe input.withUnsafeBufferPointer { input in
                let rest = unsafe UnsafeBufferPointer(rebasing: input[offset...])
                let available = UInt32(clamping: rest.count)
                unsafe stream.next_in = UnsafeMutablePointer(mutating: rest.baseAddress)
                unsafe stream.avail_in = available
                unsafe stream.next_out = buffer.baseAddress
                unsafe stream.avail_out = UInt32(room)
                progress.status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
                progress.consumed = unsafe Int(available - stream.avail_in)
                progress.produced = unsafe room - Int(stream.avail_out)
                count = progress.produced
            }
        }
        output.append(contentsOf: chunk)
        return progress
    }

    private static func reason(_ stream: z_stream) -> String {
        guard let message = unsafe stream.msg else { return "not compressed data" }
        return unsafe "not valid compressed data: \(String(cString: message))"
    }
}
