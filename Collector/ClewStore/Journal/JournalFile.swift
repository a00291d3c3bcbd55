import ClewWire
import Synchronization

/// Records one behind the other in a file, each of which is there as a whole or not at all.
///
/// A record is a mark, its length and its CRC-32 (4 bytes each, little-endian), then its bytes. The mark is the lower half of
/// the segment's random id: no sender knows it, so nothing that was sent looks like a record where one is damaged.
final class JournalFile: Sendable {
    private static let headSize = 12
    /// No record is larger: a commit takes what one or two builders hold.
    private static let maximumRecordSize = 1 << 30

    private let file: DataFile
    private let mark: UInt32
    /// Where the next record begins.
    private let end = Mutex(0)

    /// Makes a file whose name is durable when this returns.
    init(creating path: String, in directory: String, segment: UInt64) throws(FileError) {
        mark = Self.mark(segment)
        file = try DataFile(path: path)
        try DataFile.syncDirectory(directory)
    }

    /// Returns when the record is on disk. After a failure the file is as it was before. One call at a time.
    func append(_ record: [UInt8]) throws(FileError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headSize + record.count)
        bytes.appendFixed(mark)
        bytes.appendFixed(UInt32(truncatingIfNeeded: record.count))
        bytes.appendFixed(CRC32.checksum(of: record))
        bytes.append(contentsOf: record)
        let start = end.withLock { $0 }
        do throws(FileError) {
            try file.write(bytes, at: start)
            try file.sync()
        } catch {
            // Where even this fails, the next record is written over what is left of this one.
            try? file.truncate(to: start)
            throw error
        }
        end.withLock { $0 += bytes.count }
    }

    /// The records of a file.
    ///
    /// A record that does not end is what a crash leaves of a commit that nobody was told of. What is damaged before the last
    /// good record was acknowledged; it is passed over.
    ///
    /// - Returns: The records, and how many bytes between them are damaged.
    static func records(
        _ path: String, segment: UInt64
    ) throws(FileError) -> (records: [[UInt8]], damagedBytes: Int) {
        let mark = mark(segment)
        let file = try DataFile(reading: path)
        let bytes = try file.read(at: 0, count: file.size)
        var records: [[UInt8]] = []
        var (offset, good, damaged) = (0, 0, 0)
        while offset + headSize <= bytes.count {
            guard let record = record(bytes, at: offset, mark) else {
                offset += 1
                continue
            }
            damaged += offset - good
            records.append(record)
            offset += headSize + record.count
            good = offset
        }
        return (records, damaged)
    }

    private static func mark(_ segment: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: segment) }

    private static func record(_ bytes: [UInt8], at offset: Int, _ mark: UInt32) -> [UInt8]? {
        let span = unsafe bytes.span.bytes
        guard UInt32(span.halfWord(at: offset)) == mark else { return nil }
        let (length, checksum) = (Int(span.halfWord(at: offset + 4)), UInt32(span.halfWord(at: offset + 8)))
        let start = offset + headSize
        guard length <= maximumRecordSize, length <= bytes.count - start else { return nil }
        guard CRC32.checksum(of: span.extracting(start..<(start + length))) == checksum else { return nil }
        return Array(bytes[start..<(start + length)])
    }
}
