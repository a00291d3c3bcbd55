import ClewModel
import ClewPipeline
import ClewStore
import ClewWire

/// Stores queued datagrams, many in one commit.
///
/// One commit a datagram would limit the rate to that of the disk. Encoded protobuf messages that follow each other are
/// one message with the repeated fields of all, so datagrams join by appending their bytes; each is checked on its own
/// before, because a truncated one would swallow the beginning of the next.
struct DatagramBatcher {
    /// Bytes of one commit, about.
    private static let batchBytes = 4 << 20
    /// A datagram holds at most 64 KiB, so a compressed one that grows beyond this is a bomb.
    private static let maximumDecompressedBytes = 4 << 20

    private struct Batch {
        var message: [UInt8] = []
        var records = 0
    }

    let pipeline: Pipeline

    func store(_ datagrams: [QueuedDatagram]) async {
        var batches: [Signal: Batch] = [:]
        for datagram in datagrams {
            guard let (message, records) = decode(datagram) else { continue }
            batches[datagram.signal, default: Batch()].message += message
            batches[datagram.signal, default: Batch()].records += records
            if let batch = batches[datagram.signal], batch.message.count >= Self.batchBytes {
                batches[datagram.signal] = nil
                await submit(datagram.signal, batch)
            }
        }
        for (signal, batch) in batches { await submit(signal, batch) }
    }

    private func submit(_ signal: Signal, _ batch: Batch) async {
        do {
            _ = try await pipeline.submit(signal, batch.message, over: .udp)
        } catch {
            pipeline.drop(batch.records, of: signal, over: .udp, Reason(error))
        }
    }

    private func decode(_ datagram: QueuedDatagram) -> (message: [UInt8], records: Int)? {
        do {
            var message = datagram.payload
            if datagram.flags.contains(.gzip) {
                message = try Gzip.decompress(message, limit: Self.maximumDecompressedBytes)
            }
            if datagram.flags.contains(.json) {
                message = try OTLPJSON.toProtobuf(message, OTLPMessage(request: datagram.signal))
            }
            return (message, try RecordCounter.count(datagram.signal, message))
        } catch {
            pipeline.counters.refused(datagram.signal, over: .udp, error.code == .tooLarge ? .tooLarge : .malformed)
            return nil
        }
    }
}
