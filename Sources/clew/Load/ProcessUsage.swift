import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What another process has used so far, read from `/proc`.
struct ProcessUsage {
    var cpuSeconds: Double
    var peakResidentBytes: Int

    /// The resolution of ``cpuSeconds``.
    static var tick: Double { 1 / Double(sysconf(Int32(_SC_CLK_TCK))) }

    /// User and system time of this process, in seconds.
    static var ownCPUSeconds: Double {
        var time = timespec()
        // The call fills the structure it is given and keeps no reference to it.
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    init(pid: Int32) throws(Failure) {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        else { throw Failure(.failed, "--pid: there is no process \(pid), or this system has no /proc") }
        // proc(5): the name in parentheses may hold spaces; after it, user and system time are fields 12 and 13.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        let ticks = [12, 13].reduce(0.0) { sum, index in
            sum + (fields.indices.contains(index) ? Double(fields[index]) ?? 0 : 0)
        }
        cpuSeconds = ticks * Self.tick
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        peakResidentBytes =
            (peak?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// Bytes of all files under a directory.
    static func bytes(in directory: String) throws(Failure) -> Int {
        let url = URL(filePath: directory)
        guard let files = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.fileSizeKey]) else {
            throw Failure(.failed, "--data: cannot read '\(directory)'")
        }
        var total = 0
        for case let file as URL in files {
            total += (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
        }
        return total
    }
}
