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
        /// What was there at the last listing and was not claimed since, the oldest last.
        var waiting: [Signal: [SpillFileName]] = [:]
    }

    /// Larger than any request; a file may say anything.
    private static let largestRequest = 256 << 20
    /// Longer than any file takes to be written.
    private static let longestWrite: UnixNanoseconds = 60 * .nanosecondsPerSecond

    private let path: String
    private let limit: Int
    private let statistics: ExportStatistics
    private let state = Mutex(State())
    /// Of the directory. Whoever asks for it waits until what its last owner left is in order.
    private let lock = Mutex<FileLock?>(nil)

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
                try store(bytes, as: name)
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
    ///
    /// - Parameter time: Now.
    func claim(_ signal: Signal, time: UnixNanoseconds) async -> Claimed? {
        await offPool { [self] () -> Claimed? in
            guard holdsLock(time) else { return nil }
            if let file = claimListed(signal) { return file }
            // Once: a file that cannot be moved is in every list.
            listWaiting(signal)
            return claimListed(signal)
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
    func close() { lock.withLock { $0 = nil } }
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

    /// Writes a file that nobody reads before it is whole.
    func store(_ bytes: [UInt8], as name: SpillFileName) throws {
        do {
            try Data(bytes).write(to: URL(filePath: file(name, .partial)))
            try move(name, .partial, .waiting)
        } catch {
            // What a full disk took of it is of no use to anybody.
            try? FileManager.default.removeItem(atPath: file(name, .partial))
            throw error
        }
    }

    /// Takes the lock if nobody has it.
    private func holdsLock(_ time: UnixNanoseconds) -> Bool {
        lock.withLock { lock in
            guard lock == nil else { return true }
            lock = FileLock(path + "/lock")
            if lock != nil { tidy(time) }
            return lock != nil
        }
    }

    /// Files that the lock's last owner was sending when it died are sent again; those that nobody writes any more go.
    private func tidy(_ time: UnixNanoseconds) {
        for name in (try? list()) ?? [] {
            if name.stage == .sending { try? move(name, .sending, .waiting) }
            guard name.stage == .partial, name.time < time, time - name.time > Self.longestWrite else { continue }
            try? FileManager.default.removeItem(atPath: file(name, .partial))
        }
    }

    /// The oldest file of the last listing that can be had.
    private func claimListed(_ signal: Signal) -> Claimed? {
        while let name = state.withLock({ $0.waiting[signal]?.popLast() }) {
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
    }

    private func listWaiting(_ signal: Signal) {
        guard let listed = try? list() else { return }
        let bytes = listed.reduce(0) { $0 + $1.bytes }
        state.withLock { state in
            state.bytes = bytes
            state.waiting[signal] = listed.filter { $0.stage == .waiting && $0.signal == signal }.reversed()
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
