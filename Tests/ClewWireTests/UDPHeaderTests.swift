import ClewModel
import ClewWire
import Testing

@Suite("The header of datagrams")
struct UDPHeaderTests {
    private static let header = UDPHeader(
        signal: .logs, flags: [.gzip, .json], sourceID: 0x0102_0304_0506_0708, sequence: .max - 1)

    @Test("the layout is 24 bytes, big-endian")
    func layout() throws {
        let expected: [UInt8] =
            Array("CLW1".utf8) + [2, 3, 0, 2] + [1, 2, 3, 4, 5, 6, 7, 8] + [255, 255, 255, 255, 255, 255, 255, 254] + [
                9, 9,
            ]
        #expect(try Self.header.datagram([9, 9]) == expected)
        #expect(UDPHeader.size == 24)
    }

    @Test("a header is read back", arguments: Signal.allCases)
    func roundTrip(signal: Signal) throws {
        for flags: UDPHeader.Flags in [[], .gzip, .json] {
            let header = UDPHeader(signal: signal, flags: flags, sourceID: 7, sequence: 9)
            for count in [0, 1, UDPHeader.maximumPayload] {
                #expect(try UDPHeader.parse(header.datagram([UInt8](repeating: 1, count: count))) == header)
            }
        }
        #expect(throws: WireError.self) {
            try Self.header.datagram([UInt8](repeating: 1, count: UDPHeader.maximumPayload + 1))
        }
    }

    @Test("an OTLP message without a header is told apart")
    func bare() throws {
        for bytes: [UInt8] in [[], [0x0A, 0], Array("{}".utf8), Array("CLW".utf8)] {
            #expect(try UDPHeader.parse(bytes) == nil)
        }
    }

    @Test("half a datagram is truncated, wherever it ends")
    func half() throws {
        let datagram = try Self.header.datagram([UInt8](repeating: 1, count: 20))
        for count in 4..<datagram.count {
            let error = #expect(throws: WireError.self) { try UDPHeader.parse(Array(datagram[..<count])) }
            #expect(error?.code == .truncated)
        }
    }

    @Test(
        "a forged length, an unknown signal and unknown flags are malformed",
        arguments: [(4, 0), (4, 4), (5, 4), (7, 1)])
    func forged(index: Int, value: UInt8) throws {
        var datagram = try Self.header.datagram([1, 2])
        datagram[index] = value
        let error = #expect(throws: WireError.self) { try UDPHeader.parse(datagram) }
        #expect(error?.code == .malformed)
    }
}
