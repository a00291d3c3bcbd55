/// Bytes that grow at their end: the one owner of raw memory among the writers.
///
/// An array checks at every appended byte whether it is shared and whether it is full; this is never shared, and checks
/// once for each piece.
///
/// Invariant: `memory` is `capacity` bytes that only this value knows, of which the first `count` are initialised, and
/// `count <= capacity`. Every write calls ``makeRoom(_:)`` for what it writes first.
@safe
struct ByteBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    /// - Parameter capacity: How many bytes to have room for from the start.
    init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        unsafe memory = .allocate(byteCount: self.capacity, alignment: 8)
    }

    deinit { unsafe memory.deallocate() }

    /// A copy of the bytes from an offset on.
    func copy(from offset: Int = 0) -> [UInt8] {
        precondition(offset >= 0 && offset <= count)
        // Safe: the bytes from `offset` to `count` are initialised.
        return unsafe [UInt8](UnsafeRawBufferPointer(start: memory + offset, count: count - offset))
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        makeRoom(1)
        unsafe memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    /// Four bytes, the lowest first.
    @inline(__always)
    mutating func append(littleEndian value: UInt32) {
        makeRoom(4)
        unsafe memory.storeBytes(of: value.littleEndian, toByteOffset: count, as: UInt32.self)
        count &+= 4
    }

    /// Eight bytes, the lowest first.
    @inline(__always)
    mutating func append(littleEndian value: UInt64) {
        makeRoom(8)
        unsafe memory.storeBytes(of: value.littleEndian, toByteOffset: count, as: UInt64.self)
        count &+= 8
    }

    /// The lowest bytes of a word, the lowest first.
    ///
    /// - Parameter size: How many bytes, at most eight.
    @inline(__always)
    mutating func append(_ word: UInt64, count size: Int) {
        precondition(size >= 0 && size <= 8)
        // All eight are written: a copy of a length that is not known would be a call.
        makeRoom(8)
        unsafe memory.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
        count &+= size
    }

    /// At most ten bytes, seven bits in each, the lowest first.
    @inline(__always)
    mutating func append(varint value: UInt64) {
        if value < 0x80 { return append(UInt8(truncatingIfNeeded: value)) }
        appendLong(varint: value)
    }

    private mutating func appendLong(varint value: UInt64) {
        makeRoom(10)
        var rest = value
        while rest >= 0x80 {
            unsafe memory.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
            count &+= 1
            rest >>= 7
        }
        unsafe memory.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    mutating func append(copying bytes: RawSpan) {
        // Safe: the pointer is only used during the call.
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    mutating func append(copying bytes: [UInt8]) {
        // Safe: the pointer is only used during the call.
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    mutating func append(utf8 text: String) {
        var text = text
        // Safe: the pointer is only used during the call.
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        makeRoom(bytes.count)
        unsafe (memory + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Overwrites a byte that was written before.
    @inline(__always)
    mutating func set(_ byte: UInt8, at offset: Int) {
        precondition(offset >= 0 && offset < count)
        unsafe memory.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }

    /// Moves what was written from an offset on by some bytes towards the end; what then stands between is undefined until
    /// it is set.
    mutating func openGap(of size: Int, at offset: Int) {
        precondition(size >= 0 && offset >= 0 && offset <= count)
        makeRoom(size)
        // Safe: both ranges lie within the capacity; memmove's semantics allow them to overlap.
        unsafe (memory + offset + size).copyMemory(from: memory + offset, byteCount: count - offset)
        count += size
    }

    /// Removes everything from an offset on.
    mutating func removeAll(from offset: Int) {
        precondition(offset >= 0 && offset <= count)
        count = offset
    }

    @inline(__always)
    private mutating func makeRoom(_ size: Int) {
        // Neither this nor the sums after it overflow: `count` stays within `capacity`.
        if capacity &- count < size { grow(size) }
    }

    @inline(never)
    private mutating func grow(_ size: Int) {
        let larger = max(capacity * 2, count + size)
        // Safe: the new memory has room for the `count` initialised bytes of the old, which nobody else refers to.
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        unsafe moved.copyMemory(from: memory, byteCount: count)
        unsafe memory.deallocate()
        unsafe memory = moved
        capacity = larger
    }
}
