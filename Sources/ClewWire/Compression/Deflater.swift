import CZlib

/// Compresses one input after another, and keeps zlib's state in between: 256 KiB that need not be allocated for each.
///
/// For many small inputs; for a single one there are ``Gzip/compress(_:level:)`` and ``Zlib/compress(_:level:)``.
///
/// Invariant: `stream` is an initialised deflate stream at an address of its own, since zlib keeps pointers to it.
@safe
public struct Deflater: ~Copyable, @unchecked Sendable {
    // Sendable: nobody else knows the stream, and every use of it is exclusive.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isUsed = false

    /// - Parameters:
    ///   - format: What to write around the data.
    ///   - level: 1 (fast) to 9 (small); other values count as the nearer of them.
    /// - Throws: ``WireError/Code/tooLarge`` where there is no memory for the state.
    public init(_ format: CompressionFormat = .zlib, level: Int = 1) throws(WireError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let level = Int32(clamping: min(max(level, 1), 9))
        // 8 is zlib's default memory level.
        let status = unsafe deflateInit2_(
            stream, level, Z_DEFLATED, format.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            unsafe stream.deallocate()
            throw WireError(.tooLarge, "zlib has no memory to compress", at: 0)
        }
        unsafe self.stream = stream
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses an input of its own: nothing of earlier ones is referred to.
    public mutating func compress(_ input: [UInt8]) throws(WireError) -> [UInt8] {
        // Safe: bytes of an array have no padding.
        try compress(unsafe input.span.bytes)
    }

    /// Compresses an input of its own: nothing of earlier ones is referred to.
    ///
    /// - Throws: ``WireError/Code/tooLarge`` for 4 GiB and more.
    public mutating func compress(_ input: RawSpan) throws(WireError) -> [UInt8] {
        guard input.byteCount <= Int(UInt32.max) else {
            throw WireError(.tooLarge, "zlib takes at most 4 GiB at once", at: 0)
        }
        if isUsed { unsafe deflateReset(stream) }
        isUsed = true
        let bound = Int(unsafe deflateBound(stream, uLong(input.byteCount)))
        var status = Z_OK
        // Safe: zlib writes at most avail_out bytes of the buffer and reads at most avail_in bytes of the input, both
        // pointers are used only while their owners are borrowed, and zlib never writes through next_in.
        let output = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            unsafe input.withUnsafeBytes { input in
                let bytes = unsafe input.assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(bytes.count)
                unsafe stream.pointee.next_out = buffer.baseAddress
                unsafe stream.pointee.avail_out = UInt32(clamping: buffer.count)
                status = unsafe deflate(stream, Z_FINISH)
                count = unsafe Int(stream.pointee.total_out)
            }
        }
        guard status == Z_STREAM_END else { throw WireError(.tooLarge, "zlib cannot compress this input", at: 0) }
        return output
    }
}
