import CZlib

/// Decompresses one input after another, and keeps zlib's state in between.
///
/// For many small inputs; for a single one there are ``Gzip/decompress(_:limit:)`` and ``Zlib/decompress(_:size:)``. An input
/// that is refused leaves nothing behind for the next.
///
/// Invariant: `stream` is an initialised inflate stream at an address of its own, since zlib keeps pointers to it.
@safe
public struct Inflater: ~Copyable, @unchecked Sendable {
    // Sendable: nobody else knows the stream, and every use of it is exclusive.
    private let stream: UnsafeMutablePointer<z_stream>
    private let format: CompressionFormat

    /// - Throws: ``WireError/Code/tooLarge`` where there is no memory for the state.
    public init(_ format: CompressionFormat = .zlib) throws(WireError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe inflateInit2_(
            stream, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            unsafe stream.deallocate()
            throw WireError(.tooLarge, "zlib has no memory to decompress", at: 0)
        }
        unsafe self.stream = stream
        self.format = format
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Decompresses an input whose decompressed size is known, straight into an array of that size.
    ///
    /// - Throws: ``WireError/Code/malformed`` or ``WireError/Code/tooLarge`` for any other size.
    public mutating func decompress(_ input: [UInt8], size: Int) throws(WireError) -> [UInt8] {
        let output = try decompress(input, expecting: size, limit: size)
        guard output.count == size else {
            throw WireError(.malformed, "decompresses to \(output.count) bytes instead of \(size)", at: input.count)
        }
        return output
    }

    /// Decompresses an input, in gzip also several members one after another; their checksums are verified.
    ///
    /// - Parameter limit: Most bytes to produce. A bomb ends as ``WireError/Code/tooLarge`` with no more than this in memory.
    public mutating func decompress(_ input: [UInt8], limit: Int) throws(WireError) -> [UInt8] {
        try decompress(input, expecting: announcedSize(input), limit: limit)
    }

    /// Bytes that gzip says its last member decompresses to, which is a hint and nothing more; otherwise one chunk.
    private func announcedSize(_ input: [UInt8]) -> Int {
        guard format == .gzip, input.count >= 18 else { return Self.chunk }
        return input.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// - Parameter size: How much to make room for at first, if the input can be that much at all.
    private mutating func decompress(
        _ input: [UInt8], expecting size: Int, limit: Int
    ) throws(WireError) -> [UInt8] {
        var output: [UInt8] = []
        var offset = 0
        let limit = max(limit, 0)
        var room = max(min(size, limit, input.count * Self.greatestRatio), 0)
        repeat {
            unsafe inflateReset(stream)
            try decompressMember(input, from: &offset, into: &output, limit: limit, room: &room)
        } while offset < input.count && format == .gzip
        guard offset == input.count else {
            throw WireError(.malformed, "\(input.count - offset) bytes follow the compressed data", at: offset)
        }
        return output
    }

    private mutating func decompressMember(
        _ input: [UInt8], from offset: inout Int, into output: inout [UInt8], limit: Int, room: inout Int
    ) throws(WireError) {
        while true {
            // One byte more tells "exactly this many" from "beyond it".
            let progress = inflate(input, offset, into: &output, room: min(room, limit - output.count) + 1)
            room = Self.chunk
            offset += progress.consumed
            guard output.count <= limit else {
                throw WireError(.tooLarge, "decompresses to more than \(limit) bytes", at: offset)
            }
            switch progress.status {
            case Z_STREAM_END: return
            case Z_OK, Z_BUF_ERROR:
                guard progress.consumed > 0 || progress.produced > 0 else {
                    throw WireError(.truncated, "the compressed data ends too early", at: input.count)
                }
            default: throw WireError(.malformed, reason, at: offset)
            }
        }
    }

    /// 64 KiB: twice zlib's window, and small beside a request.
    private static let chunk = 65_536
    /// Deflate makes at most 258 bytes of two bits; zlib's documentation rounds this to 1032 to 1.
    private static let greatestRatio = 1032

    /// What one call to zlib did.
    private struct Progress {
        var status = Z_OK
        var consumed = 0
        var produced = 0
    }

    /// Decompresses from an offset of the input until the output has no room or the input ends.
    private mutating func inflate(
        _ input: [UInt8], _ offset: Int, into output: inout [UInt8], room: Int
    ) -> Progress {
        var progress = Progress()
        // Safe: as in Deflater; the chunk's first `produced` bytes are the ones that zlib wrote.
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            unsafe input.withUnsafeBufferPointer { input in
                let rest = unsafe UnsafeBufferPointer(rebasing: input[offset...])
                let available = UInt32(clamping: rest.count)
                let capacity = UInt32(clamping: min(room, buffer.count))
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: rest.baseAddress)
                unsafe stream.pointee.avail_in = available
                unsafe stream.pointee.next_out = buffer.baseAddress
                unsafe stream.pointee.avail_out = capacity
                // With Z_FINISH zlib keeps no window where the output has room for all.
                progress.status = unsafe CZlib.inflate(stream, Z_FINISH)
                progress.consumed = unsafe Int(available - stream.pointee.avail_in)
                progress.produced = unsafe Int(capacity - stream.pointee.avail_out)
                count = progress.produced
            }
        }
        if output.isEmpty { output = chunk } else { output += chunk }
        return progress
    }

    private var reason: String {
        guard let message = unsafe stream.pointee.msg else { return "not compressed data" }
        return unsafe "not valid compressed data: \(String(cString: message))"
    }
}
