import ClewModel
import ClewWire
import FoundationEssentials
import NIOPosix
import Synchronization

/// Batches on disk for as long as the collector is away, each a file with one OTLP request, gzipped.
///
/// Several processes, and the next ones, may share a directory. All may write; only the one that holds the lock reads,
/// so that no file is sent twice. The directory is bounded: past its limit the oldest files go. A process that ends without
/// warning loses no complete file; a machine that does may leave a damaged one, which is set aside.
final class SpillDirectory: Sendable {
    /// A file that this process is sending.
    struct Claimed: Sendable {
        fileprivate var name: SpillFileName
        var protobuf: [UInt8]
        var items: Int { name.items }
    }

    private struct State {
        /// Of all files, about: another process's are counted when the directory is listed.
        var bytes = 0
        /// In the name of the file that was written last.
        var lastTime: UnixNanoseconds = 0
        var lock: FileLock?
        /// What was there at the last listing and was not claimed since, the oldest last.
        var waiting: [Signal: [SpillFileName]] = [:]
    }

    /// Larger than any request; a file may say anything.
    private static let largestRequest = 256 << 20

    private let path: String
    private let limit: Int
    private let statistics: ExportStatistics
    private let state = Mutex(State())

    /// Makes the directory where there is none.
    init(_ path: String, limit: Int, _ statistics: ExportStatistics) throws {
        self.path = path
        self.limit = max(0, limit)
        self.statistics = statistics
        // Telemetry can hold what is not everyone's business.
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let bytes = try list().reduce(0) { $0 + $1.bytes }
        state.withLock { $0.bytes = bytes }
    }

    /// Writes one request, and counts its items as spilled, or as dropped where that fails.
    func write(_ protobuf: [UInt8], items: Int, _ signal: Signal, time: UnixNanoseconds) async {
        let written = await offPool { [self] () -> Bool in
            do {
                let bytes = try Gzip.compress(protobuf)
                guard bytes.count <= limit else {
                    statistics.dropped(signal, .spillFull, items, because: "larger than all of \(path) may be")
                    return true
                }
                let name = SpillFileName(time: nextTime(time), signal: signal, items: items, bytes: bytes.count)
                // Nobody reads a file before it is whole.
                try Data(bytes).write(to: URL(filePath: file(name, .partial)))
                try move(name, .partial, .waiting)
                statistics.spilled(signal, items)
                let total = state.withLock { state in
                    state.bytes += bytes.count
                    return state.bytes
                }
                if total > limit { makeRoom() }
            } catch {
                statistics.dropped(signal, .unreachable, items, because: "cannot keep a batch in \(path): \(error)")
            }
            return true
        }
        if written == nil { statistics.dropped(signal, .unreachable, items, because: "no thread to write to \(path)") }
    }

    /// The oldest file of a signal, which is then this process's to send; `nil` where there is none, or where another
    /// process sends them.
    func claim(_ signal: Signal) async -> Claimed? {
        await offPool { [self] () -> Claimed? in
            guard holdsLock() else { return nil }
            while let name = nextWaiting(signal) {
                // It may have made room for another in the meantime.
                guard (try? move(name, .waiting, .sending)) != nil else { continue }
                statistics.recovered(signal, name.items)
                do {
                    let bytes = try Data(contentsOf: URL(filePath: file(name, .sending)))
                    let protobuf = try Gzip.decompress([UInt8](bytes), limit: Self.largestRequest)
                    return Claimed(name: name, protobuf: protobuf)
                } catch {
                    try? move(name, .sending, .corrupt)
                    statistics.dropped(
                        signal, .spillCorrupt, name.items, because: "\(file(name, .corrupt)) is damaged: \(error)")
                }
            }
            return nil
        } ?? nil
    }

    /// Puts back what was not taken.
    func giveBack(_ file: Claimed) async {
        _ = await offPool { [self] in
            do {
                try move(file.name, .sending, .waiting)
                statistics.spilled(file.name.signal, file.items)
                state.withLock { $0.waiting[file.name.signal, default: []].append(file.name) }
            } catch {
                statistics.dropped(
                    file.name.signal, .unreachable, file.items, because: "cannot keep a batch in \(path): \(error)")
            }
        }
    }

    /// Removes what was dealt with.
    func remove(_ file: Claimed) async {
        _ = await offPool { [self] in
            try? FileManager.default.removeItem(atPath: self.file(file.name, .sending))
            state.withLock { $0.bytes = max(0, $0.bytes - file.name.bytes) }
        }
    }

    /// Lets another process send what is left.
    func close() { state.withLock { $0.lock = nil } }
}

extension SpillDirectory {
    /// Runs blocking work on a thread for it; its own task, so that a cancelled worker can still keep what it holds.
    private func offPool<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result? {
        await Task { try? await NIOThreadPool.singleton.runIfActive(work) }.value
    }

    /// Keeps the order of files where the clock does not.
    private func nextTime(_ time: UnixNanoseconds) -> UnixNanoseconds {
        state.withLock { state in
            state.lastTime = max(time, state.lastTime &+ 1)
            return state.lastTime
        }
    }

    /// Takes the lock if nobody has it. Files that its last owner was sending when it died are sent again.
    private func holdsLock() -> Bool {
        let (isHeld, isNew) = state.withLock { state in
            if state.lock != nil { return (true, false) }
            state.lock = FileLock(path + "/lock")
            return (state.lock != nil, state.lock != nil)
        }
        if isNew {
            for name in (try? list()) ?? [] where name.stage == .sending { try? move(name, .sending, .waiting) }
        }
        return isHeld
    }

    private func nextWaiting(_ signal: Signal) -> SpillFileName? {
        if let name = state.withLock({ $0.waiting[signal]?.popLast() }) { return name }
        guard let listed = try? list() else { return nil }
        let bytes = listed.reduce(0) { $0 + $1.bytes }
        return state.withLock { state in
            state.bytes = bytes
            state.waiting[signal] = listed.filter { $0.stage == .waiting && $0.signal == signal }.reversed()
            return state.waiting[signal]?.popLast()
        }
    }

    /// Removes the oldest files until a good part of the limit is free, so that not every write has to.
    private func makeRoom() {
        guard let listed = try? list() else { return }
        var total = listed.reduce(0) { $0 + $1.bytes }
        for name in listed where name.stage != .sending {
            guard total > limit / 8 * 7 else { break }
            // Two processes may be at it; only one of them removes a file.
            guard (try? FileManager.default.removeItem(atPath: file(name, name.stage))) != nil else { continue }
            total -= name.bytes
            guard name.stage == .waiting else { continue }
            statistics.recovered(name.signal, name.items)
            statistics.dropped(name.signal, .spillFull, name.items, because: "\(path) has reached its limit")
        }
        let left = total
        state.withLock { $0.bytes = left }
    }

    /// The files of the directory that are of this kind, the oldest first.
    private func list() throws -> [SpillFileName] {
        try FileManager.default.contentsOfDirectory(atPath: path).compactMap(SpillFileName.init)
            .sorted { ($0.time, $0.random) < ($1.time, $1.random) }
    }

    private func file(_ name: SpillFileName, _ stage: SpillFileName.Stage) -> String {
        "\(path)/\(name.text)\(stage.rawValue)"
    }

    private func move(_ name: SpillFileName, _ from: SpillFileName.Stage, _ to: SpillFileName.Stage) throws {
        try FileManager.default.moveItem(atPath: file(name, from), toPath: file(name, to))
    }
}
