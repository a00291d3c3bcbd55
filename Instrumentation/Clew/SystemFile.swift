import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Regular files alone, so that nothing here waits for whoever is at the other end of a pipe or device.
enum SystemFile {
    /// The beginning of a file; `nil` where it cannot be opened, and what came before an error.
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard size(of: descriptor) != nil else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count < limit {
            let count = readSome(descriptor, into: &chunk)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return Array(bytes.prefix(limit))
    }

    /// Adds to the end of a file, which is made if it is missing: all of the bytes or none.
    ///
    /// A file that would be longer than `limit` becomes `old`, in place of what was there, and a new one begins.
    static func append(_ bytes: [UInt8], to path: String, limit: Int, old: String) throws(IOError) {
        var descriptor = try openToAppend(path)
        defer { close(descriptor) }
        var end = try regularSize(of: descriptor, path)
        if end > 0, end > limit - bytes.count {
            guard unsafe rename(path, old) == 0 else { throw IOError(errnoCode: errno, reason: "rename \(path)") }
            close(descriptor)
            descriptor = -1
            descriptor = try openToAppend(path)
            end = try regularSize(of: descriptor, path)
        }
        var written = 0
        while written < bytes.count {
            let count = writeSome(descriptor, bytes[written...])
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = IOError(errnoCode: count == 0 ? ENOSPC : errno, reason: "write \(path)")
                // Half a line would spoil the next one; where this fails too, nothing better is left to do.
                _ = ftruncate(descriptor, off_t(end))
                throw error
            }
            written += count
        }
    }

    private static func openToAppend(_ path: String) throws(IOError) -> CInt {
        // Telemetry may hold what only the service's own group should read.
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "open \(path)") }
        return descriptor
    }

    private static func regularSize(of descriptor: CInt, _ path: String) throws(IOError) -> Int {
        guard let size = size(of: descriptor) else {
            throw IOError(errnoCode: EINVAL, reason: "\(path) is no regular file")
        }
        return size
    }

    /// The size of a regular file; `nil` for anything else.
    private static func size(of descriptor: CInt) -> Int? {
        var status = stat()
        // The pointer is used only inside the call.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    private static func readSome(_ descriptor: CInt, into chunk: inout [UInt8]) -> Int {
        // The pointer is used only inside the call, for the array's own count of bytes.
        unsafe chunk.withUnsafeMutableBytes { unsafe systemRead(descriptor, $0.baseAddress, $0.count) }
    }

    private static func writeSome(_ descriptor: CInt, _ bytes: ArraySlice<UInt8>) -> Int {
        // The pointer is used only inside the call, for the slice's own count of bytes.
        unsafe bytes.withUnsafeBytes { unsafe systemWrite(descriptor, $0.baseAddress, $0.count) }
    }
}

/// `read(2)`, named apart from ``SystemFile/read(_:limit:)``.
private func systemRead(_ descriptor: CInt, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    unsafe read(descriptor, bytes, count)
}

/// `write(2)`, named apart from what writes lines.
private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}
