import ClewModel
import ClewWire
import NIOCore
import Synchronization

/// Writes batches as lines of OTLP/JSON, each an export request.
///
/// Source: "OpenTelemetry Protocol File Exporter". Nothing is repeated: what cannot be written, on a full disk for
/// example, is counted as lost and said once.
final class FileExporter: TelemetryExporter {
    /// Writes a line of a signal, with its newline.
    typealias Write = @Sendable (_ line: [UInt8], _ signal: Signal) throws -> Void

    private let limit: Int
    private let write: Write
    private let diagnostics: Diagnostics
    private let hasWarned = Atomic(false)

    /// - Parameter limit: Bytes of the longest line; a batch that makes a longer one is divided.
    init(limit: Int, diagnostics: Diagnostics, write: @escaping Write) {
        self.limit = limit
        self.diagnostics = diagnostics
        self.write = write
    }

    func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        var lost = 0
        var tooLarge = 0
        // A stack instead of recursion: the later half waits while the earlier is cut further.
        var waiting = [batch]
        while let part = waiting.popLast() {
            do {
                let line = try part.line
                if line.count <= limit {
                    try await append(line, part.signal)
                } else if let (first, second) = part.halves {
                    waiting += [second, first]
                } else {
                    tooLarge += part.count
                }
            } catch {
                lost += part.count
                warn(error)
            }
        }
        return .sent(lost: lost, tooLarge: tooLarge)
    }

    func shutdown() async {}

    private func append(_ line: [UInt8], _ signal: Signal) async throws {
        let result = await BlockingWork.run { [write] in Result { try write(line, signal) } }
        guard let result else { throw CancellationError() }
        try result.get()
    }

    private func warn(_ error: any Error) {
        guard !(error is CancellationError), !hasWarned.exchange(true, ordering: .relaxed) else { return }
        diagnostics.warn(
            "telemetry cannot be written and is lost: \(error); this is said once, further losses are counted")
    }
}

extension FileExporter {
    /// One file for each signal, which is opened for each line, so that it may be moved or removed at any time.
    convenience init(_ settings: FileSettings, diagnostics: Diagnostics) {
        self.init(limit: settings.limit, diagnostics: diagnostics) { line, signal in
            try SystemFile.append(
                line, to: settings.path(signal), limit: settings.limit, old: settings.path(signal, isOld: true))
        }
    }

    /// Standard output, or where a test looks.
    convenience init(to output: LogOutput, diagnostics: Diagnostics) {
        self.init(limit: 4 << 20, diagnostics: diagnostics) { line, _ in output.write(line) }
    }
}

extension FileSettings {
    /// The signal, and `1` for the file before, stand in front of the last extension, which is `jsonl` where there is none.
    func path(_ signal: Signal, isOld: Bool = false) -> String {
        let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let dot = path[name...].dropFirst().lastIndex(of: ".") ?? path.endIndex
        let suffix = dot == path.endIndex ? ".jsonl" : path[dot...]
        return path[..<dot] + ".\(signal.rawValue)" + (isOld ? ".1" : "") + suffix
    }
}

extension TelemetryBatch {
    /// The OTLP export request as one line of JSON.
    fileprivate var line: [UInt8] {
        get throws(WireError) { try OTLPJSON.fromProtobuf(protobuf, OTLPMessage(request: signal)) + [0x0A] }
    }
}
