import ClewModel
import ClewWire
import NIOCore

/// How a request's body is encoded.
enum RequestEncoding: String, CaseIterable, Sendable {
    case protobuf, json

    var contentType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        }
    }
}

/// What makes one sending of a template differ from another.
struct RequestStamp: Hashable, Sendable {
    /// Combined with every word of every id; other salts give other ids.
    var salt: UInt64
    /// Stands in for the time that the template was made around.
    var time: UnixNanoseconds
}

/// An encoded request whose ids, times and users can be made anew without encoding it again, so that a load generator
/// costs little: all of them have a fixed width, and are overwritten where they stand.
struct RequestTemplate: Sendable {
    /// A trace and how many of its spans the request holds.
    struct Part: Hashable, Sendable {
        var trace: TraceID
        var spans: Int
    }

    let spanCount: Int
    let byteCount: Int
    /// Before a stamp; see ``parts(salt:)``.
    private let parts: [Part]
    private let encoding: RequestEncoding
    private let bytes: ByteBuffer
    private let ids: [Field]
    /// Nanoseconds since the time that the template was made around.
    private let times: [Field]
    private let users: [Field]
    private let userNumbers: UserNumbers?

    /// A fixed-width number in the encoded request.
    private struct Field {
        var offset: Int
        var value: UInt64
    }

    /// - Parameters:
    ///   - spans: Of a ``SyntheticTraces``, made around `time`.
    ///   - cardinality: Of `user.id`, as the workload has it.
    init(
        _ spans: [Span], around time: UnixNanoseconds, encoding: RequestEncoding, cardinality: Int? = nil
    ) throws(WireError) {
        let protobuf = OTLP.encode(spans)
        let body = encoding == .json ? try OTLPJSON.fromProtobuf(protobuf, .traces) : protobuf
        self.encoding = encoding
        bytes = ByteBuffer(bytes: body)
        spanCount = spans.count
        byteCount = body.count
        parts = Dictionary(grouping: spans, by: \.traceID).map { Part(trace: $0, spans: $1.count) }
            .sorted { $0.trace < $1.trace }
        userNumbers = cardinality.map { UserNumbers(cardinality: $0) }
        var finder = FieldFinder(body, encoding)
        var (ids, times): ([Field], [Field]) = ([], [])
        for span in spans {
            let words =
                [span.traceID.high, span.traceID.low, span.spanID.value] + [span.parentSpanID?.value].compactMap(\.self)
            for word in words { ids.append(Field(offset: try finder.id(word), value: word)) }
            for moment in [span.start, span.end] {
                times.append(Field(offset: try finder.time(moment), value: moment &- time))
            }
        }
        (self.ids, self.times) = (ids, times)
        let places = userNumbers.map { FieldFinder(body, encoding).all($0.placeholder) } ?? []
        users = places.enumerated().map { Field(offset: $1 + 1, value: SplitMix64.mix(UInt64($0 + 1))) }
    }

    /// The traces of a request with this salt.
    func parts(salt: UInt64) -> [Part] {
        parts.map { part in
            Part(trace: TraceID(high: part.trace.high ^ salt, low: part.trace.low ^ salt), spans: part.spans)
        }
    }

    /// Replaces the buffer's content with the request.
    func write(_ stamp: RequestStamp, to buffer: inout ByteBuffer) {
        buffer.clear(minimumCapacity: byteCount)
        buffer.writeImmutableBuffer(bytes)
        var target = buffer.mutableReadableBytesSpan
        switch encoding {
        case .protobuf: stampProtobuf(stamp, &target)
        case .json: stampJSON(stamp, &target)
        }
        if let userNumbers {
            for user in users {
                write(userNumbers, SplitMix64.mix(user.value ^ stamp.salt), at: user.offset, to: &target)
            }
        }
    }

    private func stampProtobuf(_ stamp: RequestStamp, _ target: inout MutableRawSpan) {
        for id in ids {
            target.storeBytes(of: (id.value ^ stamp.salt).bigEndian, toByteOffset: id.offset, as: UInt64.self)
        }
        for time in times {
            target.storeBytes(of: (stamp.time &+ time.value).littleEndian, toByteOffset: time.offset, as: UInt64.self)
        }
    }

    private func stampJSON(_ stamp: RequestStamp, _ target: inout MutableRawSpan) {
        func write(_ digits: UInt64, at offset: Int) {
            target.storeBytes(of: digits.littleEndian, toByteOffset: offset, as: UInt64.self)
        }
        for id in ids {
            let word = id.value ^ stamp.salt
            write(Digits.hex8(UInt32(truncatingIfNeeded: word >> 32)), at: id.offset)
            write(Digits.hex8(UInt32(truncatingIfNeeded: word)), at: id.offset + 8)
        }
        for time in times {
            // 19 digits from 2001 to 2286, in three writes of which the last two overlap.
            let moment = stamp.time &+ time.value
            write(Digits.decimal8(moment / 100_000_000_000), at: time.offset)
            write(Digits.decimal8(moment / 1000 % 100_000_000), at: time.offset + 8)
            write(Digits.decimal8(moment % 100_000_000), at: time.offset + 11)
        }
    }

    private func write(_ numbers: UserNumbers, _ random: UInt64, at offset: Int, to target: inout MutableRawSpan) {
        var rest = numbers.number(random)
        for place in (0..<numbers.width).reversed() {
            let digit = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            target.storeBytes(of: digit, toByteOffset: offset + place, as: UInt8.self)
            rest /= 10
        }
    }
}

/// Finds the fields of spans in their encoded form, each after the one before it.
private struct FieldFinder {
    private let bytes: [UInt8]
    private let encoding: RequestEncoding
    private var position = 0

    init(_ bytes: [UInt8], _ encoding: RequestEncoding) {
        self.bytes = bytes
        self.encoding = encoding
    }

    mutating func id(_ word: UInt64) throws(WireError) -> Int {
        switch encoding {
        case .protobuf: try next(Self.bytes(of: word))
        case .json: try next(Array(SpanID(word).hex.utf8))
        }
    }

    mutating func time(_ moment: UnixNanoseconds) throws(WireError) -> Int {
        switch encoding {
        case .protobuf: try next(Self.bytes(of: moment.byteSwapped))
        case .json: try next(Array(String(moment).utf8))
        }
    }

    /// Where a text stands, from the beginning.
    func all(_ text: String) -> [Int] {
        let needle = Array(text.utf8)
        var (result, start): ([Int], Int) = ([], 0)
        while let offset = first(needle, from: start) {
            result.append(offset)
            start = offset + needle.count
        }
        return result
    }

    private mutating func next(_ needle: [UInt8]) throws(WireError) -> Int {
        guard let offset = first(needle, from: position) else {
            throw WireError(.malformed, "an encoded request lacks a field of its spans", at: position)
        }
        position = offset + needle.count
        return offset
    }

    private func first(_ needle: [UInt8], from start: Int) -> Int? {
        guard let head = needle.first else { return nil }
        var offset = start
        while offset + needle.count <= bytes.count {
            if bytes[offset] == head, bytes[offset..<(offset + needle.count)].elementsEqual(needle) { return offset }
            offset += 1
        }
        return nil
    }

    /// Big-endian.
    private static func bytes(of word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
    }
}
