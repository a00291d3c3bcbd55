import ClewModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A system call on a file failed.
struct FileError: Error, CustomStringConvertible {
    /// No such file.
    static let missing = ENOENT

    var verb: String
    var path: String
    var code: Int32

    var description: String {
        // Safe: strerror answers a string that stays until the next call of this thread, and it is copied at once.
        "cannot \(verb) \(path): \(unsafe String(cString: strerror(code)))"
    }
}

/// A file that is read and written at offsets, by any number of threads.
///
/// The one place of the store that passes memory to system calls: each call is given an array's own memory and its count, and
/// no pointer is kept.
final class DataFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens a file, and makes it when it does not exist.
    init(path: String) throws(FileError) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(verb: "open", path: path, code: errno) }
    }

    /// Opens a file that exists, to read it.
    init(reading path: String) throws(FileError) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(verb: "open", path: path, code: errno) }
    }

    deinit {
        _ = close(descriptor)
    }

    var size: Int {
        get throws(FileError) {
            let end = lseek(descriptor, 0, SEEK_END)
            guard end >= 0 else { throw failure("measure") }
            return Int(end)
        }
    }

    /// - Returns: Fewer bytes than asked where the file ends.
    func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var failed: Int32?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
            while read < count {
                let rest = unsafe UnsafeMutableBufferPointer(rebasing: buffer[read...])
                let result = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset + read))
                if result > 0 {
                    read += result
                } else if result == 0 {
                    break
                } else if errno != EINTR {
                    failed = errno
                    break
                }
            }
        }
        if let failed { throw FileError(verb: "read", path: path, code: failed) }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let result = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                return unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            }
            if result >= 0 {
                written += result
            } else if errno != EINTR {
                throw failure("write")
            }
        }
    }

    /// Returns when everything that was written is on the disk.
    func sync() throws(FileError) {
        while fdatasync(descriptor) != 0 {
            guard errno == EINTR else { throw failure("sync") }
        }
    }

    func truncate(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw failure("truncate") }
    }

    private func failure(_ verb: String) -> FileError { FileError(verb: verb, path: path, code: errno) }
}

extension DataFile {
    /// Makes the names of new files in a directory durable.
    static func syncDirectory(_ path: String) throws(FileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(verb: "open", path: path, code: errno) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError(verb: "sync", path: path, code: errno) }
    }

    /// Gives a directory another name, in one step; one of that name that is empty is replaced.
    static func renameDirectory(_ path: String, to new: String) throws(FileError) {
        // Both arrays of characters end in a zero and live until the call is done.
        guard unsafe rename(path, new) == 0 else { throw FileError(verb: "rename \(path) to", path: new, code: errno) }
    }
}
