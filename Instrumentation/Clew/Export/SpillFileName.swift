import ClewModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the name of a file in a ``SpillDirectory`` says: `TIME-RANDOM.SIGNAL.ITEMS.BYTES.otlp.gz`, where the time, in
/// nanoseconds, and the random number are hexadecimal.
struct SpillFileName: Sendable {
    enum Stage: String, CaseIterable {
        /// Being written.
        case partial = ".partial"
        case waiting = ""
        /// Claimed by the process that holds the lock.
        case sending = ".sending"
        /// Could not be read; for people to look at.
        case corrupt = ".corrupt"
    }

    private static let ending = ".otlp.gz"
    /// Names are foreign, and their numbers are added up.
    private static let largest = 1 << 30

    let time: UnixNanoseconds
    let random: UInt64
    let signal: Signal
    let items: Int
    let bytes: Int
    let stage: Stage

    init(time: UnixNanoseconds, signal: Signal, items: Int, bytes: Int) {
        self.time = time
        random = .random(in: 0...UInt64.max)
        self.signal = signal
        self.items = items
        self.bytes = bytes
        stage = .waiting
    }

    /// `nil` where a file is of another kind.
    init?(_ name: String) {
        guard let stage = Stage.allCases.first(where: { name.hasSuffix(Self.ending + $0.rawValue) }) else { return nil }
        let parts = name.dropLast(Self.ending.count + stage.rawValue.count).split(
            separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let signal = Signal(rawValue: String(parts[1])), let items = Int(parts[2]),
            let bytes = Int(parts[3]), (1...Self.largest).contains(items), (0...Self.largest).contains(bytes)
        else { return nil }
        let ids = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ids.count == 2, let time = UInt64(ids[0], radix: 16), let random = UInt64(ids[1], radix: 16)
        else { return nil }
        self.time = time
        self.random = random
        self.signal = signal
        self.items = items
        self.bytes = bytes
        self.stage = stage
        // Another spelling of the same numbers would not be found again.
        guard name == text + stage.rawValue else { return nil }
    }

    /// Without the stage.
    var text: String {
        "\(String(time, radix: 16))-\(String(random, radix: 16)).\(signal.rawValue).\(items).\(bytes)\(Self.ending)"
    }
}

/// An exclusive lock on a file, held until this goes or the process ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// `nil` where another holds it, or the file cannot be made.
    init?(_ path: String) {
        // The string is the callee's for the call only.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            _ = close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit {
        _ = close(descriptor)
    }
}
