import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What Linux tells of this process in `/proc/self`; see proc(5).
struct ProcessStatus {
    var userSeconds: Double
    var systemSeconds: Double
    var threads: Int
    var uptimeSeconds: Double
    var virtualBytes: Int
    var residentBytes: Int

    /// `nil` where the system has no `/proc`, or writes it differently.
    init?() {
        guard let stat = Self.text("/proc/self/stat"), let uptime = Self.text("/proc/uptime") else { return nil }
        self.init(
            stat: stat, uptime: uptime, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
            pageSize: Int(sysconf(Int32(_SC_PAGESIZE))))
    }

    init?(stat: String, uptime: String, ticksPerSecond: Double, pageSize: Int) {
        // The name in parentheses may hold spaces. Behind it stands field 3.
        guard let name = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return nil }
        let fields = stat[stat.index(after: name)...].split(whereSeparator: \.isWhitespace)
        func field(_ number: Int) -> Double? { fields.count > number - 3 ? Double(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let started = field(22),
            let virtual = field(23), let pages = field(24),
            let booted = uptime.split(separator: " ").first.flatMap({ Double($0) })
        else { return nil }
        userSeconds = user / ticksPerSecond
        systemSeconds = system / ticksPerSecond
        self.threads = Int(exactly: threads.rounded()) ?? 0
        uptimeSeconds = max(0, booted - started / ticksPerSecond)
        virtualBytes = Int(exactly: virtual.rounded()) ?? 0
        residentBytes = Int(exactly: (pages * Double(pageSize)).rounded()) ?? 0
    }

    /// How many files are open; `nil` where the system does not say. Newer kernels tell it as the directory's size;
    /// older ones have it counted.
    static var openFiles: Int? {
        let directory = "/proc/self/fd"
        let files = FileManager.default
        if let size = (try? files.attributesOfItem(atPath: directory))?[.size] as? UInt64, size > 0 {
            return Int(clamping: size)
        }
        return (try? files.contentsOfDirectory(atPath: directory))?.count
    }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
