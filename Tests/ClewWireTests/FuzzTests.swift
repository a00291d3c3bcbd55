import ClewModel
import ClewWire
import Foundation
import Testing

/// Inputs that no sender means: each must be read, or refused with an error whose offset lies in the input.
///
/// `CLEW_FUZZ_SECONDS=600 swift test --filter FuzzTests` runs the long form. An input that fails is in the issue, one that ends the
/// process in the temporary directory; it belongs in `Corpus` together with its correction.
@Suite("Fuzzing")
struct FuzzTests {
    private static let limit = 1 << 20

    /// Runs every decoder over the bytes; a trap ends the test process.
    ///
    /// - Returns: How many of them accepted the bytes.
    @discardableResult
    private static func decodeAll(_ bytes: [UInt8]) -> Int {
        var accepted = 0
        accepted += attempt(bytes) { bytes throws(WireError) in
            try stable(bytes) { bytes throws(WireError) in OTLP.encode(try OTLP.decodeTraces(bytes)) }
        }
        accepted += attempt(bytes) { bytes throws(WireError) in
            try stable(bytes) { bytes throws(WireError) in OTLP.encode(try OTLP.decodeLogs(bytes)) }
        }
        accepted += attempt(bytes) { bytes throws(WireError) in
            try stable(bytes) { bytes throws(WireError) in OTLP.encode(try OTLP.decodeMetrics(bytes)) }
        }
        accepted += attempt(bytes) { bytes throws(WireError) in
            try stable(bytes) { bytes throws(WireError) in
                OTLP.encodeValue(try OTLP.decodeValue(unsafe bytes.span.bytes))
            }
        }
        accepted += attempt(bytes) { bytes throws(WireError) in
            try stable(bytes) { bytes throws(WireError) in try ExportResponse(protobuf: bytes).protobuf }
        }
        accepted += attempt(bytes) { bytes throws(WireError) in
            let content = try Gzip.decompress(bytes, limit: limit)
            check(content.count <= limit, "decompresses beyond the limit", bytes)
            check(try Gzip.decompress(Gzip.compress(content), limit: limit) == content, "gzip differs", bytes)
        }
        accepted += attempt(bytes) { bytes throws(WireError) in
            guard let header = try UDPHeader.parse(bytes) else { return }
            let again = try header.datagram(Array(bytes.dropFirst(UDPHeader.size)))
            check(again == bytes, "the header differs", bytes)
        }
        for message in OTLPMessage.allCases {
            accepted += attempt(bytes) { bytes throws(WireError) in
                let json = try OTLPJSON.fromProtobuf(bytes, message)
                // A field of two bytes has a name of up to 24 and punctuation; a byte can become a bound of 24 digits.
                check(json.count <= 64 + bytes.count * 32, "the JSON is too long", bytes)
                // What was written must be readable, whatever it was written from.
                written(bytes) { () throws(WireError) in
                    // Not the JSON itself: it has the defaults that a sender wrote out.
                    let protobuf = try OTLPJSON.toProtobuf(json, message)
                    return try OTLPJSON.toProtobuf(OTLPJSON.fromProtobuf(protobuf, message), message) == protobuf
                }
            }
            accepted += attempt(bytes) { bytes throws(WireError) in
                let protobuf = try OTLPJSON.toProtobuf(bytes, message)
                // A digit and a comma become eight bytes at most.
                check(protobuf.count <= 16 + bytes.count * 4, "the protobuf is too long", bytes)
                let json = try OTLPJSON.fromProtobuf(protobuf, message)
                written(bytes) { () throws(WireError) in try OTLPJSON.toProtobuf(json, message) == protobuf }
            }
        }
        return accepted
    }

    /// What a decoder accepts must say the same when it is written and read again: then the bytes no longer change.
    private static func stable(
        _ bytes: [UInt8], _ rewrite: ([UInt8]) throws(WireError) -> [UInt8]
    ) throws(WireError) {
        let once = try rewrite(bytes)
        written(bytes) { () throws(WireError) in try rewrite(once) == once }
    }

    /// Reads again what was written from an accepted input; unlike the input itself it must be readable.
    private static func written(_ bytes: [UInt8], _ isSame: () throws(WireError) -> Bool) {
        do {
            check(try isSame(), "what was accepted changes when it is written and read again", bytes)
        } catch {
            check(false, "what was written cannot be read: \(error)", bytes)
        }
    }

    /// Says which input did it: the long form makes millions.
    private static func check(_ condition: Bool, _ failure: String, _ bytes: [UInt8]) {
        if !condition { Issue.record("\(failure); the input in base64: \(Data(bytes).base64EncodedString())") }
    }

    private static func attempt(_ bytes: [UInt8], _ decode: ([UInt8]) throws(WireError) -> Void) -> Int {
        do {
            try decode(bytes)
            return 1
        } catch {
            check((0...bytes.count).contains(error.offset), "an offset outside the input: \(error)", bytes)
            check(!error.message.isEmpty, "an error without words", bytes)
            return 0
        }
    }

    /// Small valid inputs of every format.
    private static func seeds(_ random: inout RandomTelemetry) throws -> [[UInt8]] {
        let (traces, logs) = (OTLP.encode(random.spans(2)), OTLP.encode(random.records(2)))
        let metrics = OTLP.encode(random.metrics(2))
        return [
            traces, logs, metrics, try OTLPJSON.fromProtobuf(traces, .traces), try OTLPJSON.fromProtobuf(logs, .logs),
            try OTLPJSON.fromProtobuf(metrics, .metrics, pretty: true), try Gzip.compress(traces),
            try UDPHeader(signal: .traces, sourceID: 1, sequence: 1).datagram(traces),
        ]
    }

    /// The files of `Corpus`: one small input for each kind of thing that can be wrong, and whatever once was.
    private static func corpus() throws -> [(name: String, bytes: [UInt8])] {
        let directory = try #require(Bundle.module.url(forResource: "Corpus", withExtension: nil))
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map { ($0.lastPathComponent, Array(try Data(contentsOf: $0))) }
    }

    @Test("random bytes", arguments: 0..<8)
    func randomBytes(seed: UInt64) {
        var random = RandomTelemetry(seed: seed)
        for _ in 0..<200 { Self.decodeAll(random.list(upTo: 80) { UInt8(truncatingIfNeeded: $0.generator.next()) }) }
    }

    @Test("valid input cut at each byte", arguments: 0..<2)
    func truncations(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        for bytes in try Self.seeds(&random) {
            for count in 0..<min(bytes.count, 1500) { Self.decodeAll(Array(bytes[..<count])) }
        }
    }

    @Test("the corpus, as it is and changed")
    func replay() throws {
        let corpus = try Self.corpus()
        #expect(corpus.count >= 20)
        #expect(corpus.allSatisfy { $0.bytes.count <= 4096 })
        var mutator = Mutator(seed: 1)
        for (name, bytes) in corpus {
            // What is called valid is accepted by one decoder at least.
            if name.hasPrefix("valid-") { #expect(Self.decodeAll(bytes) > 0, "\(name)") } else { Self.decodeAll(bytes) }
            for _ in 0..<20 { Self.decodeAll(mutator.mutate(bytes, mutator.random.pick(corpus).bytes)) }
        }
    }

    @Test("valid input changed in one or more places", arguments: 0..<8)
    func mutations(seed: UInt64) throws {
        var mutator = Mutator(seed: seed)
        let seeds = try Self.seeds(&mutator.random)
        for bytes in seeds {
            for _ in 0..<60 { Self.decodeAll(mutator.mutate(bytes, mutator.random.pick(seeds))) }
        }
    }

    private static let seconds = ProcessInfo.processInfo.environment["CLEW_FUZZ_SECONDS"].flatMap(Double.init)

    @Test("as long as CLEW_FUZZ_SECONDS says", .enabled(if: seconds != nil))
    func long() throws {
        let end = ContinuousClock.now + .seconds(Self.seconds ?? 0)
        let seed = UInt64.random(in: 0...UInt64.max)
        var mutator = Mutator(seed: seed)
        let corpus = try Self.corpus().map(\.bytes)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("clew-fuzz-\(seed)")
        var (inputs, accepted) = (0, 0)
        while ContinuousClock.now < end {
            let seeds = try Self.seeds(&mutator.random) + corpus
            for base in seeds {
                for _ in 0..<20 {
                    let input = mutator.mutate(base, mutator.random.pick(seeds))
                    // Before the decoders run, so that it is there after a trap.
                    try Data(input).write(to: file)
                    accepted += Self.decodeAll(input)
                    inputs += 1
                }
            }
        }
        try FileManager.default.removeItem(at: file)
        print("fuzzed \(inputs) inputs from seed \(seed); decoders accepted \(accepted)")
    }
}
