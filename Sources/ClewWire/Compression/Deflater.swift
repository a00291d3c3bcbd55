import CZlib

/// Compresses a whole input to a whole output.
struct Deflater {
    let format: Inflater.Format

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
}
