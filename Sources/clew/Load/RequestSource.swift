import ClewModel
import ClewWire
import Foundation
import NIOCore
import Synchronization

/// The requests of a run by their number: each is a template with ids of its own.
final class RequestSource: Sendable {
    /// A number below which no run has as few distinct spans, so that small requests are no more alike than large ones.
    private static let distinctSpans = 8192
    /// Distinct requests that are encoded beforehand; each is sent many times with other ids.
    private static let leastTemplates = 16

    let encoding: RequestEncoding
    let isCompressed: Bool
    private let templates: [RequestTemplate]
    private let runID: UInt64
    private let pool = Mutex<[ByteBuffer]>([])

    /// - Parameter runID: Keeps the ids of runs with the same seed apart.
    init(
        _ workload: Workload, batch: Int, encoding: RequestEncoding, isCompressed: Bool, around time: UnixNanoseconds,
        runID: UInt64 = .random(in: 0 ... .max)
    ) throws(WireError) {
        self.encoding = encoding
        self.isCompressed = isCompressed
        self.runID = runID
        var traces = SyntheticTraces(workload)
        var templates: [RequestTemplate] = []
        for _ in 0..<max(Self.leastTemplates, Self.distinctSpans / batch) {
            let spans = traces.spans(batch, around: time)
            templates.append(
                try RequestTemplate(spans, around: time, encoding: encoding, cardinality: workload.cardinality))
        }
        self.templates = templates
    }

    /// The size of the largest body before compression.
    var largestBody: Int { templates.reduce(0) { max($0, $1.byteCount) } }

    func spanCount(of request: Int) -> Int { template(request).spanCount }

    /// Before compression.
    func byteCount(of request: Int) -> Int { template(request).byteCount }

    /// The traces of a request, and how many spans each has; a trace is never spread over two requests.
    func parts(of request: Int) -> [RequestTemplate.Part] { template(request).parts(salt: salt(request)) }

    /// Replaces the buffer's content with the body of a request.
    ///
    /// - Parameter now: When it is sent; its spans have ended by then.
    func write(_ request: Int, now: UnixNanoseconds, to buffer: inout ByteBuffer) throws(WireError) {
        if isCompressed, let body = takePrepared(request) {
            buffer = body
            return
        }
        let stamp = RequestStamp(salt: salt(request), time: now &- SyntheticTraces.reach)
        template(request).write(stamp, to: &buffer)
        if isCompressed { buffer = ByteBuffer(bytes: try Gzip.compress(Array(buffer.readableBytesView), level: 1)) }
    }

    private func template(_ request: Int) -> RequestTemplate { templates[request % templates.count] }

    /// A bijection, so the salts of different requests of a run differ.
    private func salt(_ request: Int) -> UInt64 { SplitMix64.mix(runID &+ UInt64(request)) }
}

extension RequestSource {
    /// Bytes of the bodies that are compressed before the clock starts: about four million spans of the usual size.
    static let poolBytes = 256 << 20

    /// Compresses the first requests ahead of time, because a stream cannot be given new ids once it is compressed and
    /// compressing costs more than all else a generator does. Later requests are compressed as they are sent.
    ///
    /// - Returns: How many requests are ready.
    @discardableResult
    func prepare(_ requests: Int, now: UnixNanoseconds, limit: Int = RequestSource.poolBytes) async throws -> Int {
        let count = min(requests, limit / max(1, try body(0, now: now).readableBytes))
        let workers = ProcessInfo.processInfo.activeProcessorCount
        let bodies = try await withThrowingTaskGroup(of: [(Int, ByteBuffer)].self) { group in
            for worker in 0..<workers {
                group.addTask {
                    try stride(from: worker, to: count, by: workers).map { ($0, try self.body($0, now: now)) }
                }
            }
            var bodies = [ByteBuffer](repeating: ByteBuffer(), count: count)
            for try await part in group {
                for (request, body) in part { bodies[request] = body }
            }
            return bodies
        }
        pool.withLock { $0 = bodies }
        return count
    }

    private func body(_ request: Int, now: UnixNanoseconds) throws(WireError) -> ByteBuffer {
        var buffer = ByteBuffer()
        try write(request, now: now, to: &buffer)
        return buffer
    }

    /// A prepared body is sent once, so its memory is given back.
    private func takePrepared(_ request: Int) -> ByteBuffer? {
        pool.withLock { pool in
            guard request < pool.count, pool[request].readableBytes > 0 else { return nil }
            let body = pool[request]
            pool[request] = ByteBuffer()
            return body
        }
    }
}
